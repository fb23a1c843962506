#include "server/http/answers.hpp"

#include "server/http/entity_tag.hpp"
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

Response empty_answer() { return {.status = 204}; }

Response unless_known(const Request& request, const std::string& entity_tag, Response full) {
  full.headers.add("ETag", entity_tag);
  const auto known = request.headers.first("If-None-Match");
  if (!known || !none_match_names(*known, entity_tag)) return full;
  Response unchanged{.status = 304};
  unchanged.headers.add("ETag", entity_tag);
  for (const std::string_view name : {"Cache-Control", "Vary"}) {
    if (const std::string* value = full.headers.first(name)) unchanged.headers.add(name, *value);
  }
  return unchanged;
}

}  // namespace vigie::http
