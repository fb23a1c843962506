#pragma once

#include <any>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/context.hpp"
#include "server/http/json.hpp"
#include "server/http/message.hpp"
#include "server/http/problem.hpp"
#include "server/http/router.hpp"
#include "telemetry/correlation_id.hpp"

namespace vigie::http {

struct NetworkRefusal;

/// One request with what the stages of the pipeline have found out about it. Lives on its fiber's
/// stack, and stays there.
struct Exchange {
  /// Whom the request comes from is for TrustedProxies to say.
  Exchange(const Request& received, std::string_view client)
      : request(received), client_address(client) {
    context.client_address = client;
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const Request& request;
  /// Numeric; empty when nothing had been read. Everything that is counted or told of the client
  /// goes by it. It views the request.
  const std::string_view client_address;
  /// By which scheme the client came: a literal, for TrustedProxies to say.
  std::string_view url_scheme = "http";
  /// Where the kinds of problems are explained: a literal, for the type of problem documents.
  std::string_view problems_page = "/api/v1/docs";
  RouteMatch match;
  domain::Context context;
  /// Why the bearer token was not accepted.
  std::optional<domain::Error> token_error;
  /// What the network layer refused the request for; null when it did not.
  const NetworkRefusal* network_refusal = nullptr;
  std::string body;
  JsonValue json;  // the body, where the route takes JSON
  /// What the route's preparation has made for its handler.
  std::any prepared;
  /// What was answered; null when it was no problem.
  const ProblemType* problem = nullptr;
  /// The rate limit that it was refused for: a literal; empty when it was not.
  std::string_view rate_limit_scope;
  /// A handler, or its preparation, has answered: what was refused had been looked at.
  bool is_handled = false;
  /// Seconds for Retry-After, where a handler knows better than the problem's type.
  int retry_after_s = 0;

  void set_correlation_id(std::string_view id) noexcept;

 private:
  std::array<char, telemetry::kCorrelationIdBytesMax> correlation_id_;
};

/// The answer to a request that is refused or has failed, recorded in the exchange.
Response refuse(Exchange& exchange, const Problem& problem);
/// The same for a problem that needs no words of its own.
Response refuse(Exchange& exchange, const ProblemType& type);

}  // namespace vigie::http
