#include "server/http/negotiated.hpp"

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include "server/http/ascii.hpp"
#include "server/http/field_list.hpp"
#include "server/http/media_type.hpp"
#include "server/http/network_refusal.hpp"

namespace vigie::http {
namespace {

constexpr std::string_view kIdentity = "identity";

/// Content-Length; net has checked that it is one number.
std::uint64_t announced_length(const Request& request) {
  const std::string_view text = request.headers.first("Content-Length").value_or("0");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc::result_out_of_range ? UINT64_MAX : length;
}

bool is_acceptable(const Request& request, std::string_view media_type) {
  return !request.headers.first(kAccept) || accepts(combined(request.headers, kAccept), media_type);
}

/// Whether the caller takes what the route answers, or its page.
bool takes_answer(const Request& request, const Route& route) {
  return route.response_type.empty() || is_acceptable(request, route.response_type) ||
         (route.has_page && is_acceptable(request, media_types::kHtml));
}

/// Whether the content has a coding that would have to be undone; we undo none.
bool is_encoded(const Request& request) {
  if (!request.headers.first(kContentEncoding)) return false;
  const std::string codings = combined(request.headers, kContentEncoding);
  for (std::string_view rest = codings; !rest.empty();) {
    const std::string_view coding = next_element(rest, ',');
    if (!coding.empty() && !equals_ignoring_case(coding, kIdentity)) return true;
  }
  return false;
}

Problem unsupported_coding() {
  return {.type = &problems::kUnsupportedMediaType,
          .detail = "Send the content as it is, without a Content-Encoding."};
}

Problem refusal_of_content(const Route& route, const Request& request) {
  if (announced_length(request) > route.body_bytes_max) {
    return {.type = &problems::kContentTooLarge,
            .detail = "At most " + std::to_string(route.body_bytes_max) + " bytes are taken here."};
  }
  const bool takes_content = route.is_streamed || !route.request_type.empty();
  if ((takes_content || announces_content(request)) && is_encoded(request)) {
    return unsupported_coding();
  }
  const auto content_type = request.headers.first("Content-Type");
  const bool is_wanted = content_type && request.headers.count("Content-Type") == 1 &&
                         is_content_type(*content_type, route.request_type);
  if (route.request_type.empty() || is_wanted) return {.type = nullptr};
  return {.type = &problems::kUnsupportedMediaType,
          .detail = "Send the content as " + std::string(route.request_type) + " in UTF-8."};
}

/// What would have been taken instead.
void add_accepted(Response& response, const Exchange& exchange) {
  const bool takes_patches = exchange.match.route->request_type == media_types::kMergePatch;
  if (is_encoded(exchange.request)) {
    response.headers.add(kAcceptEncoding, std::string(kIdentity));  // RFC 9110, 15.5.16
  } else if (takes_patches) {
    response.headers.add("Accept-Patch", std::string(media_types::kMergePatch));  // RFC 5789, 2.2
  }
}

Response answer_options(const Exchange& exchange) {
  Response response{.status = exchange.match.route->success};
  response.headers.add("Allow", exchange.match.allow);
  return response;
}

}  // namespace

Response Negotiated::run(Exchange& exchange) {
  if (const NetworkRefusal* refusal = exchange.network_refusal) {
    return refuse(exchange, {.type = refusal->problem, .detail = std::string(refusal->detail)});
  }
  if (exchange.match.route == &unrouted::kOptions) return answer_options(exchange);
  const Problem problem = refusal_of_header(exchange);
  if (problem.type == nullptr) return next_.run(exchange);
  Response response = refuse(exchange, problem);
  if (!exchange.match.allow.empty()) response.headers.add("Allow", exchange.match.allow);
  if (problem.type == &problems::kUnsupportedMediaType) add_accepted(response, exchange);
  return response;
}

Problem refusal_of_header(const Exchange& exchange) {
  const Route& route = *exchange.match.route;
  if (exchange.match.refusal != nullptr) return {.type = exchange.match.refusal};
  if (!takes_answer(exchange.request, route)) {
    return {.type = &problems::kNotAcceptable,
            .detail = "The answer is available as " + std::string(route.response_type) +
                      (route.has_page ? " or text/html." : " only.")};
  }
  return refusal_of_content(route, exchange.request);
}

bool announces_content(const Request& request) {
  return announced_length(request) > 0 || request.headers.first("Transfer-Encoding").has_value();
}

}  // namespace vigie::http
