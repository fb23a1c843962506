#pragma once

#include <string>

#include "server/domain/account.hpp"
#include "server/domain/account_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/id_source.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/result.hpp"
#include "server/domain/secrets.hpp"

namespace vigie::domain {

/// What a person gives to open an account.
struct NewAccount {
  std::string email;
  std::string display_name;
  std::string password;
};

/// Use-cases of accounts. Thread-safe.
class Accounts {
 public:
  Accounts(AccountStore& store, PasswordHasher& hasher, const Clock& clock, IdSource& ids,
           Observer& observer);

  /// What is slow of opening an account: checks what is wanted and hashes the password, outside of
  /// any unit of work. Nothing is stored. The caller may be anonymous. kValidationFailed with all
  /// faults at once.
  Result<Account> prepare(const Context& context, const NewAccount& wanted, Role role);
  /// Stores an account that was prepared. kEmailTaken.
  Result<Account> open(const Context& context, Account account);
  /// The caller's own account. kNotAuthenticated for an anonymous caller and for one whose account
  /// is gone.
  Result<Account> me(const Context& context);
  /// Both at once, for any role. For the command line, which asks for no principal: never
  /// reachable through the API.
  Result<Account> create(const Context& context, const NewAccount& wanted, Role role);

 private:
  AccountStore& store_;
  PasswordHasher& hasher_;
  const Clock& clock_;
  IdSource& ids_;
  Observer& observer_;
};

}  // namespace vigie::domain
