#pragma once

#include <iterator>
#include <map>
#include <mutex>
#include <set>

#include "server/domain/stores.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Refresh tokens in memory. Thread-safe.
class FakeSessionStore : public domain::SessionStore, public FaultSwitch {
 public:
  domain::Result<void> insert(const domain::Context& context,
                              const domain::RefreshToken& token) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    tokens_.insert_or_assign(token.hash, Stored{token, false});
    return {};
  }

  domain::Result<domain::Rotation> rotate(const domain::Context& context,
                                          const domain::TokenHash& presented,
                                          const domain::NewRefreshToken& next) override {
    using Outcome = domain::Rotation::Outcome;
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(presented);
    if (found == tokens_.end() || revoked_.contains(found->second.token.family_id) ||
        found->second.token.expires_at <= next.now) {
      return domain::Rotation{Outcome::kUnknown, {}};
    }
    Stored& old = found->second;
    if (old.is_rotated) {
      revoked_.insert(old.token.family_id);
      return domain::Rotation{Outcome::kReused, old.token.account_id};
    }
    old.is_rotated = true;
    const domain::AccountId account_id = old.token.account_id;
    tokens_.insert_or_assign(next.hash, Stored{{.family_id = old.token.family_id,
                                                .account_id = account_id,
                                                .hash = next.hash,
                                                .created_at = next.now,
                                                .expires_at = next.expires_at},
                                               false});
    return domain::Rotation{Outcome::kRotated, account_id};
  }

  domain::Result<void> revoke_family(const domain::Context& context,
                                     const domain::TokenHash& presented,
                                     domain::Timestamp /*now*/) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = tokens_.find(presented);
    if (found != tokens_.end()) revoked_.insert(found->second.token.family_id);
    return {};
  }

  domain::Result<std::int64_t> remove_expired(const domain::Context& context, domain::Timestamp now,
                                              std::int64_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::int64_t removed = 0;
    for (auto token = tokens_.begin(); token != tokens_.end() && removed < limit;) {
      const bool is_expired = token->second.token.expires_at <= now;
      token = is_expired ? tokens_.erase(token) : std::next(token);
      removed += is_expired ? 1 : 0;
    }
    return removed;
  }

 private:
  struct Stored {
    domain::RefreshToken token;
    bool is_rotated = false;
  };

  std::mutex mutex_;
  std::map<domain::TokenHash, Stored> tokens_;  // guarded by mutex_
  std::set<domain::SessionId> revoked_;         // guarded by mutex_
};

}  // namespace vigie::fakes
