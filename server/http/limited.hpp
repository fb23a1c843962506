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

/// The stricter limits of attempts to sign in. By account and address: passwords cannot be guessed
/// in numbers, and nobody can lock someone else out from elsewhere. By address over all accounts:
/// one password cannot be tried on each of them, nor the hashing threads be kept busy. Thread-safe.
class SignInLimit {
 public:
  SignInLimit(const RatePolicy& of_account, const RatePolicy& of_address,
              const Instruments& instruments);
  /// kRateLimited, with the exchange's Retry-After set, when it was tried too often.
  domain::Result<void> take(Exchange& exchange, std::string_view email);

 private:
  RateLimiter by_account_;
  RateLimiter by_address_;
  telemetry::Log& log_;
  telemetry::Counter& limited_;
};

}  // namespace vigie::http
