#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>

#include "server/domain/account_rules.hpp"
#include "server/domain/account_store.hpp"
#include "server/domain/password_reset.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Tokens of password resets in memory, of the accounts of another fake. Thread-safe.
class FakePasswordResetStore : public domain::PasswordResetStore, public FaultSwitch {
 public:
  explicit FakePasswordResetStore(domain::AccountStore& accounts) : accounts_(accounts) {}

  domain::Result<std::optional<domain::Account>> insert_for(const domain::Context& context,
                                                            const domain::PasswordReset& reset,
                                                            std::string_view email,
                                                            domain::Timestamp since,
                                                            std::int64_t most) override {
    if (auto error = fault(context)) return *error;
    auto account = accounts_.find_by_email(context, email);
    if (!account) return account;
    const std::lock_guard lock(mutex_);
    if (*account && (*account)->disabled_at) account = std::optional<domain::Account>{};
    if (*account && pending((*account)->id, since) >= most)
      account = std::optional<domain::Account>{};
    resets_[reset.hash] = {reset, *account ? std::optional((*account)->id) : std::nullopt};
    return account;
  }

  domain::Result<void> insert(const domain::Context& context, const domain::PasswordReset& reset,
                              domain::AccountId id) override {
    if (auto error = fault(context)) return *error;
    const auto account = accounts_.find(context, id);
    if (!account) return account.error();
    if (!*account) return domain::account_not_found();
    const std::lock_guard lock(mutex_);
    resets_[reset.hash] = {reset, id};
    return {};
  }

  domain::Result<std::optional<domain::Account>> find(const domain::Context& context,
                                                      const domain::TokenHash& hash,
                                                      domain::Timestamp now) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = resets_.find(hash);
    if (found == resets_.end() || !is_good(found->second, now)) {
      return std::optional<domain::Account>{};
    }
    return accounts_.find(context, *found->second.account_id);
  }

  domain::Result<void> use(const domain::Context& context, const domain::TokenHash& hash,
                           domain::Timestamp now) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = resets_.find(hash);
    if (found == resets_.end() || !is_good(found->second, now)) return domain::account_not_found();
    keep_for_undo(context);
    resets_.erase(found);
    return {};
  }

  domain::Result<void> forget_all(const domain::Context& context, domain::AccountId id) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    keep_for_undo(context);
    std::erase_if(resets_, [&](const auto& reset) { return reset.second.account_id == id; });
    return {};
  }

  domain::Result<std::int64_t> remove_expired(const domain::Context& context, domain::Timestamp now,
                                              std::int64_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::int64_t removed = 0;
    for (auto reset = resets_.begin(); reset != resets_.end() && removed < limit;) {
      const bool is_expired = reset->second.reset.expires_at <= now;
      reset = is_expired ? resets_.erase(reset) : std::next(reset);
      removed += is_expired ? 1 : 0;
    }
    return removed;
  }

 private:
  struct Stored {
    domain::PasswordReset reset;
    std::optional<domain::AccountId> account_id;
  };

  static bool is_good(const Stored& stored, domain::Timestamp now) {
    return stored.account_id && stored.reset.expires_at > now;
  }
  std::int64_t pending(domain::AccountId id, domain::Timestamp since) const {
    return std::ranges::count_if(resets_, [&](const auto& reset) {
      return reset.second.account_id == id && reset.second.reset.created_at >= since;
    });
  }
  void keep_for_undo(const domain::Context& context) {
    record_undo(context, [this, former = resets_] {
      const std::lock_guard undoing(mutex_);
      resets_ = former;
    });
  }

  domain::AccountStore& accounts_;
  std::mutex mutex_;
  std::map<domain::TokenHash, Stored> resets_;  // guarded by mutex_
};

}  // namespace vigie::fakes
