#include "server/http/page.hpp"

#include <string>
#include <utility>

#include "server/http/answers.hpp"

namespace vigie::http {

Response page_answer(std::string html, const Page& page, std::string_view caching) {
  Response answer = text_answer(std::move(html), "text/html; charset=utf-8", caching);
  answer.headers.add("Content-Security-Policy", std::string(page.content_security_policy));
  answer.headers.add("X-Content-Type-Options", "nosniff");
  answer.headers.add("Referrer-Policy", "same-origin");
  return answer;
}

}  // namespace vigie::http
