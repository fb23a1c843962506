#pragma once

#include "server/domain/account_life.hpp"

namespace vigie::domain {

/// What administrators may do to the accounts of others:
///
///                     disable, enable, end sessions
///   anonymous         401
///   user, organiser   403, also on the own account
///   administrator     yes, but not on the own account: 403; an unknown one: 404
///
/// Thread-safe.
class AccountAdministration {
 public:
  explicit AccountAdministration(AccountLife& life) : life_(life) {}

  Result<void> disable(const Context& context, AccountId id);
  Result<void> enable(const Context& context, AccountId id);
  Result<void> end_sessions(const Context& context, AccountId id);

 private:
  AccountLife& life_;
};

/// The rule of the table above.
Result<void> may_administer(const Principal& caller, AccountId id);

}  // namespace vigie::domain
