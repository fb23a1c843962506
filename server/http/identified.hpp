#pragma once

#include "server/domain/caller.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/secrets.hpp"
#include "server/http/stage.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::http {

/// Finds out who calls, where the route wants to know. Refuses nobody: a token that is not valid is
/// remembered, and the caller is anonymous.
class Identified : public Stage {
 public:
  Identified(domain::TokenVerifier& tokens, const domain::Clock& clock, telemetry::Metrics& metrics,
             Stage& next);
  Response run(Exchange& exchange) override;
  /// Whose share a request counts against, as far as that is known without verifying anything: the
  /// account of a token that was used before. Does not wait.
  domain::Caller caller_of(const Exchange& exchange) const;

 private:
  void identify(Exchange& exchange);

  domain::TokenVerifier& tokens_;
  const domain::Clock& clock_;
  telemetry::Counter& accepted_;
  telemetry::Counter& refused_;
  Stage& next_;
};

/// Refuses who may not use the route at all: 401. What a caller may do with one event is the
/// domain's question.
class Authorized : public Stage {
 public:
  explicit Authorized(Stage& next) : next_(next) {}
  Response run(Exchange& exchange) override;

 private:
  Stage& next_;
};

}  // namespace vigie::http
