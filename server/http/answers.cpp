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

Response empty_answer() { return {.status = 204}; }

}  // namespace vigie::http
