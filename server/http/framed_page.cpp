#include "server/http/framed_page.hpp"

#include "server/http/console/html.hpp"
#include "server/http/page.hpp"

namespace vigie::http {
namespace {

void replace(std::string& page, std::string_view place, std::string_view with) {
  const std::size_t at = page.find(place);
  if (at != std::string::npos) page.replace(at, place.size(), with);
}

}  // namespace

std::string framed(std::string_view title, std::string_view content) {
  std::string page(pages::frame().html);
  // The title's place is the first of the two, whatever the content says.
  replace(page, "@content@", content);
  replace(page, "@title@", console::Html().text(title).str());
  return page;
}

void add_page_headers(Response& response) {
  response.headers.set("Content-Type", "text/html; charset=utf-8");
  response.headers.set("Content-Security-Policy",
                       std::string(pages::frame().content_security_policy));
  response.headers.set("Referrer-Policy", "same-origin");
  response.headers.set("Cross-Origin-Resource-Policy", "same-origin");
  response.headers.set("Vary", "Accept");
}

}  // namespace vigie::http
