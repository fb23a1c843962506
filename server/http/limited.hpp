#pragma once

#include <string>
#include <string_view>

#include "server/http/instruments.hpp"
#include "server/http/rate_limiter.hpp"
#include "server/http/stage.hpp"

namespace vigie::http {

/// Refuses with 429 who asks too often. A request counts against its address and, when it is known,
/// against its account: accounts, which anybody may make, do not multiply what an address may ask.
/// So do requests that are refused. Every answer says how much is left of the tighter of both
/// (draft-ietf-httpapi-ratelimit-headers).
class Limited : public Stage {
 public:
  struct Policies {
    RatePolicy of_account;
    RatePolicy of_address;  // of all accounts and the anonymous behind it
  };
  Limited(const Policies& policies, const Instruments& instruments, Stage& next);
  Response run(Exchange& exchange) override;

 private:
  struct Scope {
    const RateLimiter* limiter;
    std::string policy_header;
    std::string_view name;  // a literal
    telemetry::Counter& refused;
  };
  struct Verdict {
    const Scope* scope = nullptr;  // null: nothing is limited
    RateLimiter::Decision decision;
  };

  Verdict judge(const Exchange& exchange);
  Response refuse_excess(Exchange& exchange, const Verdict& verdict);
  static void add_headers(Response& response, const Verdict& verdict);

  RateLimiter by_address_;
  RateLimiter by_account_;
  Scope of_address_;
  Scope of_account_;
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
  telemetry::Counter& limited_;
};

/// How many accounts one address may register, and so how many e-mail addresses it may ask about.
/// Thread-safe.
class RegistrationLimit {
 public:
  RegistrationLimit(const RatePolicy& of_address, const Instruments& instruments);
  /// kRateLimited, with the exchange's Retry-After set, when it was tried too often.
  domain::Result<void> take(Exchange& exchange);

 private:
  RateLimiter by_address_;
  telemetry::Counter& limited_;
};

}  // namespace vigie::http
