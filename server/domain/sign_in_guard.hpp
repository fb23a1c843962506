#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/domain/secrets.hpp"
#include "server/platform/core/digest.hpp"

namespace vigie::domain {

/// A keyed hash: whose allowance it is, or from where somebody came, is not kept itself.
struct AllowanceKey {
  core::Digest bytes{};

  auto operator<=>(const AllowanceKey&) const = default;
};

/// So many attempts at once, of which one comes back each `interval`.
struct Allowance {
  std::int64_t quota = 0;
  std::chrono::microseconds interval{};
};

/// Port: as every store (unit_of_work.hpp).
class SignInAllowanceStore {
 public:
  virtual ~SignInAllowanceStore() = default;
  /// Takes one attempt, atomically: of many at once no more than there are. Nothing when it was
  /// taken; else when there will be one.
  virtual Result<std::optional<Timestamp>> take(const Context&, const AllowanceKey&, Timestamp now,
                                                const Allowance&) = 0;
  virtual Result<void> give_back(const Context&, const AllowanceKey&, const Allowance&) = 0;
  /// Whether the account has signed in from there. Nobody's account: no, after the same work.
  virtual Result<bool> is_known(const Context&, AccountId, const AllowanceKey& address) = 0;
  /// Keeps the last kKnownAddressesMax.
  virtual Result<void> remember(const Context&, AccountId, const AllowanceKey& address,
                                Timestamp now) = 0;
  /// Allowances that are whole again, and addresses not seen since `seen_before`; at most `limit`
  /// of each. Returns how many, of which there were more.
  virtual Result<std::int64_t> remove_expired(const Context&, Timestamp now, Timestamp seen_before,
                                              std::int64_t limit) = 0;
};

/// When an attempt was refused there is another one after that at the latest, by the default limit.
inline constexpr std::chrono::seconds kRetryAfterMax{180};
inline constexpr std::int64_t kKnownAddressesMax = 20;
inline constexpr std::chrono::days kKnownAddressLife{90};

/// Bounds how often passwords of one account are tried, over all addresses and servers: at most
/// `failures_per_hour` fail within any hour (OWASP ASVS 2.2.1). Its owner is not locked out: those
/// who come from an address from which the account has signed in before have attempts of their own.
/// What an account is here is an e-mail address, whether anybody has it or not: nobody learns.
/// Thread-safe.
class SignInGuard {
 public:
  SignInGuard(SignInAllowanceStore& store, MessageAuthenticator& authenticator, const Clock& clock,
              std::int64_t failures_per_hour);

  /// An attempt that has begun.
  struct Attempt {
    AllowanceKey key;
    Allowance allowance;
    AllowanceKey address;
  };

  /// Before the password is looked at. kRateLimited when there is no attempt left. `account`: who
  /// has the address, if anybody.
  Result<Attempt> begin(const Context& context, std::string_view email,
                        const std::optional<AccountId>& account);
  /// The password was right: the attempt does not count, and the address is known from now on.
  Result<void> succeed(const Context& context, const Attempt& attempt, AccountId account);
  /// Nothing was found out about the password.
  void withdraw(const Context& context, const Attempt& attempt);

 private:
  AllowanceKey address_key(const Context& context, AccountId account);

  SignInAllowanceStore& store_;
  MessageAuthenticator& authenticator_;
  const Clock& clock_;
  Allowance of_strangers_;
  Allowance of_known_;
};

}  // namespace vigie::domain
