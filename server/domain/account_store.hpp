#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/domain/account.hpp"
#include "server/domain/account_change.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// Port: accounts. As every store (unit_of_work.hpp).
class AccountStore {
 public:
  virtual ~AccountStore() = default;
  /// kEmailTaken when an account has this e-mail already.
  virtual Result<void> insert(const Context&, const Account&) = 0;
  virtual Result<std::optional<Account>> find(const Context&, AccountId) = 0;
  virtual Result<std::optional<Account>> find_by_email(const Context&, std::string_view email) = 0;
  /// Nothing happens when the account is gone or its hash is not `account.password_hash` any more:
  /// somebody was faster.
  virtual Result<void> replace_password_hash(const Context&, const Account& account,
                                             std::string_view hash) = 0;
  /// The newest first. None that is erased, here and above.
  virtual Result<std::vector<Account>> list(const Context&, const AccountFilter&) = 0;

  // Changes of what opens sessions: a sign-in that has begun does not end well any more. kNotFound
  // when the account is gone.

  virtual Result<void> set_password_hash(const Context&, AccountId, std::string_view hash) = 0;
  /// Disabled already: nothing happens. True when something did.
  virtual Result<bool> disable(const Context&, AccountId, Timestamp now) = 0;
  virtual Result<bool> enable(const Context&, AccountId) = 0;
  /// Forgets who it was, for good; its id stays, for what it has published.
  virtual Result<void> erase(const Context&, AccountId, Timestamp now) = 0;

  /// Keeps a change for good.
  virtual Result<void> record(const Context&, const AccountChangeRecord&) = 0;
  /// What was recorded of an account, erased or not, the oldest first: the last `limit`.
  virtual Result<std::vector<AccountChangeRecord>> history(const Context&, AccountId,
                                                           std::int64_t limit) = 0;
};

}  // namespace vigie::domain
