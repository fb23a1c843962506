#pragma once

#include <string_view>

#include "server/domain/account_life.hpp"
#include "server/domain/sign_in_guard.hpp"

namespace vigie::domain {

/// What the caller may do to the own account. Whoever has an access token alone may end the
/// sessions; the rest wants the password again, so that a stolen token takes nobody's account
/// (OWASP ASVS 2.1.6); wrong ones count as failed sign-ins do. kNotAuthenticated for who is
/// anonymous or whose account is gone, kForbidden for a wrong password. Thread-safe.
class OwnAccount {
 public:
  OwnAccount(AccountStore& accounts, SignInGuard& guard, PasswordHasher& hasher, AccountLife& life)
      : accounts_(accounts), guard_(guard), hasher_(hasher), life_(life) {}

  /// Ends all other sessions of the account.
  Result<void> change_password(const Context& context, std::string_view current,
                               std::string_view wanted);
  /// All of them, the caller's too.
  Result<void> end_sessions(const Context& context);
  Result<void> erase(const Context& context, std::string_view password);

 private:
  /// The account, if the password is its own.
  Result<Account> confirmed(const Context& context, std::string_view password);

  AccountStore& accounts_;
  SignInGuard& guard_;
  PasswordHasher& hasher_;
  AccountLife& life_;
};

}  // namespace vigie::domain
