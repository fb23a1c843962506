#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "server/domain/clock.hpp"
#include "server/domain/idempotency.hpp"
#include "server/domain/secrets.hpp"
#include "server/http/rate_limiter.hpp"
#include "server/http/stage.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::http {

/// Makes a call with an Idempotency-Key happen at most once: its answer is committed together with
/// its effect, and replayed to whoever sends the same request with the same key again
/// (draft-ietf-httpapi-idempotency-key-header). Failures (5xx), 429, 412 and 428 are not answers:
/// the key is free again after them, as it is after refusals of the anonymous, whom nobody knows.
/// The keys of an account are its own, those of the anonymous are their address's. What is stored
/// for one caller is bounded: so many at once, then as many as expire. What a route prepares comes
/// before the claim, whose transaction is one of few; what its preparation refuses was never begun,
/// and leaves the key free.
class Idempotent : public Stage {
 public:
  struct Ports {
    domain::IdempotencyStore& store;
    domain::MessageAuthenticator& authenticator;
    const domain::Clock& clock;
  };

  struct Bounds {
    std::chrono::milliseconds lifetime;
    /// Stored for one account, and for one address; 0: no limit.
    std::int64_t answers_per_caller_max;
  };

  Idempotent(const Ports& ports, const Bounds& bounds, telemetry::Metrics& metrics,
             FirstPhase& first, Stage& next);
  Response run(Exchange& exchange) override;

 private:
  Response run_keyed(Exchange& exchange, std::string_view key);
  Response run_claimed(Exchange& exchange, domain::IdempotencyStore::Claim& claim);
  /// The replay or the refusal that makes a claim needless.
  std::optional<Response> prepare(Exchange& exchange, std::string_view scope, std::string_view key,
                                  const domain::Fingerprint& fingerprint);
  Response replay(Exchange& exchange, const domain::StoredAnswer& answer);
  Response refuse_claim(Exchange& exchange, domain::Error error);
  domain::Fingerprint fingerprint_of(const Exchange& exchange, std::string_view scope);

  /// Whose key it is.
  std::string scope_of(const Exchange& exchange);
  /// The refusal of who has stored his share.
  std::optional<Response> refuse_excess(Exchange& exchange);

  Ports ports_;
  std::chrono::milliseconds lifetime_;
  RateLimiter stored_;
  telemetry::Counter& new_;
  telemetry::Counter& replayed_;
  telemetry::Counter& conflicts_;
  telemetry::Counter& in_progress_;
  telemetry::Counter& refused_;  // for anything else, before its handler ran
  FirstPhase& first_;
  Stage& next_;
};

}  // namespace vigie::http
