#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/domain/account_rules.hpp"
#include "server/domain/account_store.hpp"
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

  domain::Result<std::vector<domain::Account>> list(const domain::Context& context,
                                                    const domain::AccountFilter& filter) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::vector<domain::Account> found;
    for (const auto& [id, account] : accounts_) {
      if (account.disabled_at || !filter.is_disabled_only) found.push_back(account);
    }
    std::ranges::sort(found, [](const auto& a, const auto& b) {
      return std::tie(a.created_at, a.id) > std::tie(b.created_at, b.id);
    });
    if (std::ssize(found) > filter.limit) found.resize(static_cast<std::size_t>(filter.limit));
    return found;
  }

  domain::Result<void> set_password_hash(const domain::Context& context, domain::AccountId id,
                                         std::string_view hash) override {
    const auto changed = change(context, id, [&](domain::Account& account) {
      account.password_hash = hash;
      ++account.credentials_version;
      return true;
    });
    if (!changed) return changed.error();
    return {};
  }

  domain::Result<bool> disable(const domain::Context& context, domain::AccountId id,
                               domain::Timestamp now) override {
    return change(context, id, [&](domain::Account& account) {
      if (account.disabled_at) return false;
      account.disabled_at = now;
      ++account.credentials_version;
      return true;
    });
  }

  domain::Result<bool> enable(const domain::Context& context, domain::AccountId id) override {
    return change(context, id, [&](domain::Account& account) {
      return std::exchange(account.disabled_at, std::nullopt).has_value();
    });
  }

  domain::Result<void> erase(const domain::Context& context, domain::AccountId id,
                             domain::Timestamp /*now*/) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(id);
    if (found == accounts_.end()) return domain::account_not_found();
    record_undo(context, [this, former = found->second] { restore(former); });
    accounts_.erase(found);
    return {};
  }

  domain::Result<void> record(const domain::Context& context,
                              const domain::AccountChangeRecord& record) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    records_.push_back(record);
    record_undo(context, [this] {
      const std::lock_guard undoing(mutex_);
      records_.pop_back();
    });
    return {};
  }

  domain::Result<std::vector<domain::AccountChangeRecord>> history(const domain::Context& context,
                                                                   domain::AccountId id,
                                                                   std::int64_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::vector<domain::AccountChangeRecord> found;
    for (const auto& record : records_) {
      if (record.account_id == id) found.push_back(record);
    }
    const auto more = std::ssize(found) - limit;
    if (more > 0) found.erase(found.begin(), found.begin() + more);
    return found;
  }

  /// For tests: takes an account away.
  void erase(domain::AccountId id) {
    const std::lock_guard lock(mutex_);
    accounts_.erase(id);
  }

 private:
  domain::Result<bool> change(const domain::Context& context, domain::AccountId id,
                              const std::function<bool(domain::Account&)>& apply) {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(id);
    if (found == accounts_.end()) return domain::account_not_found();
    record_undo(context, [this, former = found->second] { restore(former); });
    return apply(found->second);
  }

  void restore(const domain::Account& former) {
    const std::lock_guard lock(mutex_);
    accounts_.insert_or_assign(former.id, former);
  }

  std::mutex mutex_;
  std::map<domain::AccountId, domain::Account> accounts_;  // guarded by mutex_
  std::vector<domain::AccountChangeRecord> records_;       // guarded by mutex_
};

}  // namespace vigie::fakes
