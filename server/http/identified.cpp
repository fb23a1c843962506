#include "server/http/identified.hpp"

#include <string_view>
#include <utility>

#include "server/http/ascii.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::http {
namespace {

constexpr std::string_view kScheme = "Bearer ";

/// The token of "Bearer <token>"; empty when the credentials are something else.
std::string_view bearer_token(std::string_view authorization) noexcept {
  const bool is_bearer = authorization.size() > kScheme.size() &&
                         equals_ignoring_case(authorization.substr(0, kScheme.size()), kScheme);
  return is_bearer ? trimmed(authorization.substr(kScheme.size())) : std::string_view{};
}

domain::Error not_a_bearer_token() {
  return {.code = domain::Code::kInvalidToken,
          .message = "Authorization must be given once, as: Bearer <access token>."};
}

}  // namespace

Identified::Identified(domain::TokenVerifier& tokens, const domain::Clock& clock,
                       telemetry::Metrics& metrics, Stage& next)
    : tokens_(tokens),
      clock_(clock),
      accepted_(metrics.counter(telemetry::metrics::kAuthAttempts, {"token", "success"})),
      refused_(metrics.counter(telemetry::metrics::kAuthAttempts, {"token", "invalid"})),
      next_(next) {}

Response Identified::run(Exchange& exchange) {
  if (exchange.match.route->access != Access::kPublic) identify(exchange);
  return next_.run(exchange);
}

domain::Caller Identified::caller_of(const Exchange& exchange) const {
  domain::Caller caller = domain::Caller::of_address(exchange.client_address);
  if (exchange.match.route->access == Access::kPublic) return caller;
  const auto authorization = exchange.request.headers.first("Authorization");
  if (!authorization) return caller;
  const auto known = tokens_.known(bearer_token(*authorization), clock_.now());
  if (known && known->account_id) caller.account = domain::CallerKey::of(*known->account_id);
  return caller;
}

void Identified::identify(Exchange& exchange) {
  const auto authorization = exchange.request.headers.first("Authorization");
  if (!authorization) return;
  const bool is_single = exchange.request.headers.count("Authorization") == 1;
  const std::string_view token = is_single ? bearer_token(*authorization) : std::string_view{};
  auto verified = token.empty() ? domain::Result<domain::Principal>(not_a_bearer_token())
                                : tokens_.verify(token, clock_.now());
  if (verified) {
    accepted_.add();
    exchange.context.principal = *verified;
  } else {
    refused_.add();
    exchange.token_error = std::move(verified).error();
  }
}

Response Authorized::run(Exchange& exchange) {
  // Also where a token is optional: a client that believes to be signed in must not be shown less
  // without being told.
  if (exchange.token_error) return refuse(exchange, Problem::of(*exchange.token_error));
  const bool is_known = !exchange.context.principal.is_anonymous();
  if (exchange.match.route->access != Access::kRequired || is_known) return next_.run(exchange);
  return refuse(exchange, {.type = &problems::of(domain::Code::kNotAuthenticated),
                           .detail = "Send an access token, as: Authorization: Bearer <token>."});
}

}  // namespace vigie::http
