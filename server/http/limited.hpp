#pragma once

#include <string>
#include <string_view>

#include "server/http/instruments.hpp"
#include "server/http/rate_limiter.hpp"
#include "server/http/stage.hpp"

namespace vigie::http {

/// Refuses with 429 who asks too often: an account, or an address of the anonymous. Every answer
/// says how much is left (draft-ietf-httpapi-ratelimit-headers).
class Limited : public Stage {
 public:
  Limited(const RatePolicy& policy, const Instruments& instruments, Stage& next);
  Response run(Exchange& exchange) override;

 private:
  RateLimiter::Decision decide(const Exchange& exchange);
  Response refuse_excess(Exchange& exchange, const RateLimiter::Decision& decision);
  void add_headers(Response& response, const RateLimiter::Decision& decision) const;

  RateLimiter limiter_;
  std::string policy_header_;
  telemetry::Log& log_;
  telemetry::Counter& limited_accounts_;
  telemetry::Counter& limited_addresses_;
  Stage& next_;
};

/// The stricter limit of attempts to sign in, by account and address: passwords cannot be guessed
/// in numbers, and nobody can lock someone else out from elsewhere. Thread-safe.
class SignInLimit {
 public:
  SignInLimit(const RatePolicy& policy, const Instruments& instruments);
  /// kRateLimited, with the exchange's Retry-After set, when it was tried too often.
  domain::Result<void> take(Exchange& exchange, std::string_view email);

 private:
  RateLimiter limiter_;
  telemetry::Log& log_;
  telemetry::Counter& limited_;
};

}  // namespace vigie::http
