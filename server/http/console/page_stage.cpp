#include "server/http/console/page_stage.hpp"

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "server/http/answers.hpp"
#include "server/http/console/console_page.hpp"
#include "server/http/console/pages.hpp"
#include "server/http/console/trace_page.hpp"
#include "server/http/field_list.hpp"
#include "server/http/framed_page.hpp"
#include "server/http/media_type.hpp"

namespace vigie::http::console {
namespace {

using Json = nlohmann::ordered_json;

bool is_for_a_browser(const Exchange& exchange, const Response& response) {
  const Method method = exchange.request.method;
  const std::string* type = response.headers.first("Content-Type");
  return (method == Method::kGet || method == Method::kHead) && type != nullptr &&
         (*type == media_types::kJson || *type == media_types::kProblem) &&
         std::holds_alternative<std::string>(response.body) &&
         prefers_html(combined(exchange.request.headers, kAccept));
}

struct PageOfRoute {
  std::string_view pattern;
  PageText (*make)(const Json& document, const Exchange& exchange);
};

constexpr auto kPages = std::to_array<PageOfRoute>({
    {"/", index_page},
    {"/admin", index_page},
    {"/debug", index_page},
    {"/problems", problems_page},
    {"/console", console_page},
    {"/debug/traces", traces_page},
    {"/debug/traces/{trace_id}", trace_page},
    {"/debug/logs", logs_page},
});

PageText page_of(const Json& document, const Exchange& exchange) {
  if (exchange.problem != nullptr && document.contains("code")) {
    return problem_page(document, exchange);
  }
  for (const PageOfRoute& row : kPages) {
    if (row.pattern == exchange.match.route->pattern) return row.make(document, exchange);
  }
  return plain_page(document, exchange);
}

}  // namespace

Response PageStage::run(Exchange& exchange) {
  Response response = next_.run(exchange);
  if (!is_for_a_browser(exchange, response)) return response;
  const Json document = Json::parse(std::get<std::string>(response.body), nullptr, false);
  if (document.is_discarded()) return response;
  const PageText page = page_of(document, exchange);
  response.body = framed(page.title, page.content);
  add_page_headers(response);
  return response;
}

}  // namespace vigie::http::console
