#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <shared_mutex>
#include <unordered_map>

#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/domain/session.hpp"
#include "server/domain/session_store.hpp"

namespace vigie::domain {

/// The sessions that ended so lately that access tokens of theirs may not have expired. Kept in
/// step with the store by refresh(), so that no request waits for it: a token of an ended session
/// is good for one interval of refresh() at most, as long as the store answers. Without it what is
/// known still counts. Thread-safe.
class EndedSessions {
 public:
  /// Beyond, those that ended first are forgotten: 24 MB.
  static constexpr std::size_t kEntriesMax = 500'000;

  /// `access_lifetime`: of an access token, with the difference of clocks that is tolerated.
  EndedSessions(SessionStore& store, std::chrono::seconds access_lifetime)
      : store_(store), access_lifetime_(access_lifetime) {}

  /// Asks for what ended since the last time, and forgets what does not matter any more. One at a
  /// time.
  Result<void> refresh(const Context& context, Timestamp now);
  bool contains(SessionId id) const;
  std::size_t size() const;

 private:
  struct IdHash {
    std::size_t operator()(const SessionId& id) const noexcept;
  };

  void add(const EndedSession& session);
  void forget_before(Timestamp oldest);

  SessionStore& store_;
  const std::chrono::seconds access_lifetime_;
  Timestamp asked_until_{};  // of refresh() alone
  mutable std::shared_mutex mutex_;
  std::unordered_map<SessionId, Timestamp, IdHash> ended_at_;  // guarded by mutex_
  std::multimap<Timestamp, SessionId> by_time_;                // guarded by mutex_; the same ones
};

}  // namespace vigie::domain
