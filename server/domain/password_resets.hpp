#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/domain/account_life.hpp"
#include "server/domain/password_reset.hpp"

namespace vigie::domain {

struct ResetLimits {
  std::chrono::seconds lifetime = std::chrono::minutes(30);
  /// Of an account, within `lifetime`: what is asked for beyond is not sent.
  std::int64_t pending_max = 3;
};

/// Use-cases of who has forgotten the password. A token is random, lives shortly, is good once, and
/// is kept as a hash alone (OWASP ASVS 2.5). Thread-safe.
class PasswordResets {
 public:
  /// All outlive the object.
  struct Ports {
    AccountStore& accounts;
    PasswordResetStore& resets;
    ResetCourier& courier;
    OpaqueTokens& tokens;
    const Clock& clock;
    Observer& observer;
  };

  PasswordResets(const Ports& ports, AccountLife& life, ResetLimits limits)
      : ports_(ports), life_(life), limits_(limits) {}

  /// Has a token sent to the address, if an account has it that may sign in. Success says nothing
  /// of that, nor does its time. kResetNotOffered when nothing can be sent, whatever the address.
  Result<void> request(const Context& context, std::string_view email);
  /// A token for an operator, who hands it over. kNotFound. For the command line.
  Result<std::string> issue(const Context& context, AccountId id);
  /// Sets the password and ends all sessions. kValidationFailed for a token that is unknown, used
  /// or expired, before anything is hashed, and for a password that the rules refuse.
  Result<void> complete(const Context& context, std::string_view token, std::string_view password);

  const ResetLimits& limits() const noexcept { return limits_; }

 private:
  PasswordReset reset_of(std::string_view token) const;
  Result<void> record(const Context& context, AccountId id);

  Ports ports_;
  AccountLife& life_;
  ResetLimits limits_;
};

}  // namespace vigie::domain
