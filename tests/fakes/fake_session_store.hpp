#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <tuple>
#include <vector>

#include "server/domain/session_store.hpp"
#include "tests/fakes/fake_account_store.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Refresh tokens in memory, of the accounts of another fake. Thread-safe.
class FakeSessionStore : public domain::SessionStore, public FaultSwitch {
 public:
  explicit FakeSessionStore(domain::AccountStore& accounts) : accounts_(accounts) {}

  domain::Result<void> insert(const domain::Context& context,
                              const domain::RefreshToken& token) override {
    if (auto error = fault(context)) return *error;
    const auto account = accounts_.find(context, token.account_id);
    if (!account) return account.error();
    if (!*account || (*account)->disabled_at ||
        (*account)->credentials_version != token.credentials_version) {
      return domain::Error{.code = domain::Code::kInvalidCredentials};
    }
    const std::lock_guard lock(mutex_);
    tokens_.insert_or_assign(token.hash, Stored{token, std::nullopt});
    record_undo(context, [this, hash = token.hash] {
      const std::lock_guard undoing(mutex_);
      tokens_.erase(hash);
    });
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
      return domain::Rotation{};
    }
    Stored& old = found->second;
    const bool is_repeated = old.rotated_at && next.now - *old.rotated_at < next.repeat_within;
    if (old.rotated_at && !is_repeated) {
      revoked_.emplace(old.token.family_id, next.now);
      domain::Rotation reused{.outcome = Outcome::kReused, .family_id = {}, .account = {}};
      reused.account.id = old.token.account_id;
      return reused;
    }
    const auto account = accounts_.find(context, old.token.account_id);
    if (!account) return account.error();
    if (!*account || (*account)->disabled_at) return domain::Rotation{};
    keep_for_undo(context);
    if (!is_repeated) old.rotated_at = next.now;
    const domain::SessionId family = old.token.family_id;
    const auto outcome = is_repeated ? Outcome::kRepeated : Outcome::kRotated;
    tokens_.insert_or_assign(next.hash, Stored{{.family_id = family,
                                                .account_id = (*account)->id,
                                                .hash = next.hash,
                                                .created_at = next.now,
                                                .expires_at = next.expires_at},
                                               std::nullopt});
    return domain::Rotation{outcome, family, **account};
  }

  domain::Result<void> revoke_family(const domain::Context& context,
                                     const domain::TokenHash& presented,
                                     domain::Timestamp now) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    keep_for_undo(context);
    const auto found = tokens_.find(presented);
    if (found != tokens_.end()) revoked_.emplace(found->second.token.family_id, now);
    return {};
  }

  domain::Result<void> revoke_all(const domain::Context& context, domain::AccountId account,
                                  domain::Timestamp now,
                                  std::optional<domain::SessionId> but) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    keep_for_undo(context);
    for (const auto& [hash, stored] : tokens_) {
      const domain::RefreshToken& token = stored.token;
      if (token.account_id == account && token.family_id != but) {
        revoked_.emplace(token.family_id, now);
      }
    }
    return {};
  }

  domain::Result<std::vector<domain::EndedSession>> ended_after(const domain::Context& context,
                                                                const domain::EndedSession& last,
                                                                std::int64_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::vector<domain::EndedSession> ended;
    for (const auto& [id, ended_at] : revoked_) {
      if (std::tie(ended_at, id) > std::tie(last.ended_at, last.id))
        ended.push_back({id, ended_at});
    }
    std::ranges::sort(ended, [](const auto& a, const auto& b) {
      return std::tie(a.ended_at, a.id) < std::tie(b.ended_at, b.id);
    });
    if (std::ssize(ended) > limit) ended.resize(static_cast<std::size_t>(limit));
    return ended;
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
    std::optional<domain::Timestamp> rotated_at;
  };

  void keep_for_undo(const domain::Context& context) {
    record_undo(context, [this, tokens = tokens_, revoked = revoked_] {
      const std::lock_guard undoing(mutex_);
      tokens_ = tokens;
      revoked_ = revoked;
    });
  }

  domain::AccountStore& accounts_;
  std::mutex mutex_;
  std::map<domain::TokenHash, Stored> tokens_;              // guarded by mutex_
  std::map<domain::SessionId, domain::Timestamp> revoked_;  // guarded by mutex_
};

}  // namespace vigie::fakes
