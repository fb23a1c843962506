#include "server/http/answers.hpp"

#include <utility>

#include "server/http/media_type.hpp"

namespace vigie::http {

Response json_answer(int status, std::string json, std::string_view caching) {
  Response response{.status = status};
  response.headers.add("Content-Type", std::string(media_types::kJson));
  response.headers.add("Cache-Control", std::string(caching));
  response.body = std::move(json);
  return response;
}

Response text_answer(std::string text, std::string_view content_type, std::string_view caching) {
  Response response;
  response.headers.add("Content-Type", std::string(content_type));
  response.headers.add("Cache-Control", std::string(caching));
  response.body = std::move(text);
  return response;
}

Response list_answer(std::string json, const Route& route, QueryParameters given,
                     const std::string& cursor) {
  Response response = json_answer(200, std::move(json), caching::kRevalidated);
  response.headers.add("Vary", "Authorization");
  if (cursor.empty()) return response;
  std::erase_if(given, [](const QueryParameter& p) { return p.name == "cursor"; });
  given.push_back({"cursor", cursor});
  response.headers.add(
      "Link", '<' + std::string(route.pattern) + '?' + format_query(given) + ">; rel=\"next\"");
  return response;
}

Response empty_answer() { return {.status = 204}; }

}  // namespace vigie::http
