#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include "server/domain/sign_in_guard.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Allowances of sign-ins in memory. Thread-safe.
class FakeSignInAllowanceStore : public domain::SignInAllowanceStore, public FaultSwitch {
 public:
  domain::Result<std::optional<domain::Timestamp>> take(
      const domain::Context& context, const domain::AllowanceKey& key, domain::Timestamp now,
      const domain::Allowance& allowance) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    domain::Timestamp& full_at = full_at_[key];
    const domain::Timestamp next = std::max(full_at, now) + allowance.interval;
    if (next <= now + allowance.interval * allowance.quota) {
      full_at = next;
      return std::optional<domain::Timestamp>{};
    }
    return std::optional(full_at - allowance.interval * (allowance.quota - 1));
  }

  domain::Result<void> give_back(const domain::Context& context, const domain::AllowanceKey& key,
                                 const domain::Allowance& allowance) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    if (const auto found = full_at_.find(key); found != full_at_.end()) {
      found->second -= allowance.interval;
    }
    return {};
  }

  domain::Result<bool> is_known(const domain::Context& context, domain::AccountId account,
                                const domain::AllowanceKey& address) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    return known_.contains({account, address});
  }

  domain::Result<void> remember(const domain::Context& context, domain::AccountId account,
                                const domain::AllowanceKey& address,
                                domain::Timestamp now) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    known_[{account, address}] = now;
    const auto of_account = [&](const auto& row) { return row.first.first == account; };
    while (std::ranges::count_if(known_, of_account) > domain::kKnownAddressesMax) {
      auto oldest = known_.end();
      for (auto row = known_.begin(); row != known_.end(); ++row) {
        const bool is_older = oldest == known_.end() || row->second < oldest->second;
        if (of_account(*row) && is_older) oldest = row;
      }
      known_.erase(oldest);
    }
    return {};
  }

  domain::Result<std::int64_t> remove_expired(const domain::Context& context, domain::Timestamp now,
                                              domain::Timestamp seen_before,
                                              std::int64_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto whole = remove(full_at_, limit, [&](auto time) { return time <= now; });
    const auto forgotten = remove(known_, limit, [&](auto time) { return time < seen_before; });
    return std::max(whole, forgotten);
  }

 private:
  template <typename Rows, typename IsOver>
  static std::int64_t remove(Rows& rows, std::int64_t limit, IsOver is_over) {
    std::int64_t removed = 0;
    for (auto row = rows.begin(); row != rows.end() && removed < limit;) {
      const bool goes = is_over(row->second);
      row = goes ? rows.erase(row) : std::next(row);
      removed += goes ? 1 : 0;
    }
    return removed;
  }

  std::mutex mutex_;
  std::map<domain::AllowanceKey, domain::Timestamp> full_at_;  // guarded by mutex_
  // guarded by mutex_
  std::map<std::pair<domain::AccountId, domain::AllowanceKey>, domain::Timestamp> known_;
};

}  // namespace vigie::fakes
