#include "server/http/operator_access.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "server/http/ascii.hpp"
#include "server/http/media_type.hpp"
#include "server/platform/core/base64.hpp"

namespace vigie::http {
namespace {

using Views = std::initializer_list<std::string_view>;

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

bool is_one_of(std::string_view text, Views others) noexcept {
  return std::any_of(others.begin(), others.end(),
                     [text](std::string_view other) { return equals_ignoring_case(text, other); });
}

/// The field, when there is exactly one; empty without any, and "?" for several: nobody of ours
/// sends those.
std::string_view only(const RequestHeaders& headers, std::string_view name) noexcept {
  const std::size_t count = headers.count(name);
  if (count > 1) return "?";
  return trimmed(headers.first(name).value_or(""));
}

/// Host without its port: "[::1]:80" → "[::1]".
std::string_view name_of_authority(std::string_view authority) noexcept {
  const std::size_t bracket = authority.find(']');
  const std::size_t from = bracket == std::string_view::npos ? 0 : bracket;
  return authority.substr(0, authority.find(':', from));
}

bool is_numeric(std::string_view name) noexcept {
  return name.starts_with('[') ||
         (!name.empty() && name.find_first_not_of("0123456789.") == std::string_view::npos);
}

bool is_probe_of_everybody(const Exchange& exchange) noexcept {
  return is_one_of(exchange.match.route->pattern, {"/livez", "/readyz"});
}

bool is_known_host(const OperatorAccess& access, std::string_view authority) noexcept {
  const std::string_view name = name_of_authority(authority);
  if (is_one_of(name, {"localhost", "127.0.0.1", "[::1]"})) return true;
  return std::any_of(access.hosts.begin(), access.hosts.end(), [&](const std::string& host) {
    return equals_ignoring_case(host, authority) || equals_ignoring_case(host, name);
  });
}

/// What stands in the target, before Host (RFC 9112, 3.2.2).
std::string_view authority_asked(const Request& request) noexcept {
  for (const std::string_view scheme : {kHttp, kHttps}) {
    if (!equals_ignoring_case(request.target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = request.target.substr(scheme.size());
    return rest.substr(0, rest.find_first_of("/?#"));
  }
  return only(request.headers, "Host");
}

bool is_asked_by_a_name_of_ours(const OperatorAccess& access, const Exchange& exchange) noexcept {
  const std::string_view authority = authority_asked(exchange.request);
  if (is_known_host(access, authority)) return true;
  if (!is_probe_of_everybody(exchange)) return false;
  // A health check speaks HTTP/1.0 without Host, or asks by the address of a container. Neither is
  // a name that somebody could have pointed here; no browser does the first.
  return authority.empty() ||
         (access.is_beyond_loopback && is_numeric(name_of_authority(authority)));
}

/// A person follows a link: the answer becomes a page of its own, which no other page can read.
bool is_followed_link(const Request& request) noexcept {
  const bool is_read = request.method == Method::kGet || request.method == Method::kHead;
  return is_read && equals_ignoring_case(only(request.headers, "Sec-Fetch-Mode"), "navigate") &&
         equals_ignoring_case(only(request.headers, "Sec-Fetch-Dest"), "document");
}

bool is_origin_of_ours(const OperatorAccess& access, std::string_view origin,
                       std::string_view asked) noexcept {
  for (const std::string_view scheme : {kHttp, kHttps}) {
    if (!origin.starts_with(scheme)) continue;
    const std::string_view authority = origin.substr(scheme.size());
    const auto is_same = [authority](std::string_view other) {
      return equals_ignoring_case(authority, other);
    };
    return is_same(asked) || std::any_of(access.hosts.begin(), access.hosts.end(), is_same);
  }
  return false;  // "null" too
}

bool is_of_a_foreign_page(const OperatorAccess& access, const Request& request) noexcept {
  if (is_followed_link(request)) return false;
  const std::string_view site = only(request.headers, "Sec-Fetch-Site");
  if (!site.empty() && !is_one_of(site, {"same-origin", "none"})) return true;
  if (request.headers.count("Origin") == 0) return false;
  return !is_origin_of_ours(access, only(request.headers, "Origin"), authority_asked(request));
}

/// In a time that tells nothing of where they differ.
bool is_same(std::string_view given, std::string_view secret) noexcept {
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < given.size(); ++i) {
    difference |= static_cast<unsigned char>(given[i] ^ secret[i % secret.size()]);
  }
  return difference == 0;
}

/// The password of Basic (RFC 7617): browsers can ask a person for that.
std::string password_of(std::string_view text) {
  const std::string pair = core::base64_decoded(text).value_or("");
  const std::size_t colon = pair.find(':');
  return colon == std::string::npos ? "" : pair.substr(colon + 1);
}

const ProblemType* refusal_of_token(const OperatorAccess& access, const Request& request) {
  std::string_view rest = only(request.headers, "Authorization");
  if (rest.empty()) return &problems::of(domain::Code::kNotAuthenticated);
  const std::string_view scheme = next_part(rest, ' ');
  const std::string_view given = trimmed(rest);
  const bool is_bearer = equals_ignoring_case(scheme, "Bearer") && is_same(given, access.token);
  if (is_bearer) return nullptr;
  const bool is_basic =
      equals_ignoring_case(scheme, "Basic") && is_same(password_of(given), access.token);
  return is_basic ? nullptr : &problems::of(domain::Code::kInvalidToken);
}

bool is_change(const Exchange& exchange) noexcept {
  const Method method = exchange.request.method;
  return exchange.match.refusal == nullptr && method != Method::kGet && method != Method::kHead &&
         method != Method::kOptions;
}

}  // namespace

bool is_authority(std::string_view text) noexcept {
  constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyz0123456789-._";
  const std::string_view name = name_of_authority(text);
  const std::string_view port = text.substr(name.size());
  const bool is_port =
      port.empty() || (port.size() > 1 && port.size() <= 6 &&
                       port.substr(1).find_first_not_of("0123456789") == std::string_view::npos);
  if (name.starts_with('[') && name.ends_with(']')) {
    return is_port && name.size() > 2 &&
           name.substr(1, name.size() - 2).find_first_not_of("abcdef0123456789:.") ==
               std::string_view::npos;
  }
  return is_port && !name.empty() && name.size() <= 253 &&
         name.find_first_not_of(kOfNames) == std::string_view::npos;
}

std::optional<Problem> refusal_of_operator(const OperatorAccess& access, const Exchange& exchange) {
  if (!is_asked_by_a_name_of_ours(access, exchange)) {
    return Problem{.type = &kMisdirected,
                   .detail = "Ask by a name of loopback, or by one of VIGIE_ADMIN_HOSTS."};
  }
  if (is_of_a_foreign_page(access, exchange.request)) return Problem{.type = &kForeignPage};
  if (!access.token.empty() && !is_probe_of_everybody(exchange)) {
    if (const ProblemType* type = refusal_of_token(access, exchange.request)) {
      return Problem{.type = type,
                     .detail =
                         "Send the token of VIGIE_ADMIN_TOKEN_FILE as "
                         "`Authorization: Bearer …`."};
    }
  }
  const std::string_view type = only(exchange.request.headers, "Content-Type");
  if (is_change(exchange) && !is_content_type(type, media_types::kJson)) {
    return Problem{.type = &problems::kUnsupportedMediaType,
                   .detail =
                       "What changes something is sent as application/json, with or without "
                       "a content."};
  }
  return std::nullopt;
}

Response OperatorGate::run(Exchange& exchange) {
  if (exchange.network_refusal != nullptr) return next_.run(exchange);
  const auto problem = refusal_of_operator(access_, exchange);
  if (!problem) return next_.run(exchange);
  Response response = refuse(exchange, *problem);
  if (problem->type->status == 401) {
    response.headers.add("WWW-Authenticate", R"(Basic realm="vigie admin", charset="UTF-8")");
  }
  return response;
}

}  // namespace vigie::http
