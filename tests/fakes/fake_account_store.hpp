#pragma once

#include <map>
#include <mutex>
#include <string>

#include "server/domain/stores.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Accounts in memory. Thread-safe.
class FakeAccountStore : public domain::AccountStore, public FaultSwitch {
 public:
  domain::Result<void> insert(const domain::Context& context,
                              const domain::Account& account) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, other] : accounts_) {
      if (other.email == account.email) {
        return domain::Error{.code = domain::Code::kEmailTaken,
                             .message = "An account with this e-mail exists."};
      }
    }
    accounts_.emplace(account.id, account);
    record_undo(context, [this, id = account.id] { erase(id); });
    return {};
  }

  domain::Result<std::optional<domain::Account>> find(const domain::Context& context,
                                                      domain::AccountId id) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(id);
    return found == accounts_.end() ? std::nullopt : std::optional{found->second};
  }

  domain::Result<std::optional<domain::Account>> find_by_email(const domain::Context& context,
                                                               std::string_view email) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    for (const auto& [id, account] : accounts_) {
      if (account.email == email) return std::optional{account};
    }
    return std::optional<domain::Account>{};
  }

  domain::Result<void> replace_password_hash(const domain::Context& context,
                                             const domain::Account& account,
                                             std::string_view hash) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(account.id);
    if (found != accounts_.end() && found->second.password_hash == account.password_hash) {
      found->second.password_hash = hash;
    }
    return {};
  }

  /// For tests: takes an account away.
  void erase(domain::AccountId id) {
    const std::lock_guard lock(mutex_);
    accounts_.erase(id);
  }

 private:
  std::mutex mutex_;
  std::map<domain::AccountId, domain::Account> accounts_;  // guarded by mutex_
};

}  // namespace vigie::fakes
