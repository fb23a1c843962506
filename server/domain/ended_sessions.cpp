#include "server/domain/ended_sessions.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <mutex>

namespace vigie::domain {
namespace {

constexpr std::size_t kPortion = 10'000;
/// A session is ended at the time of a server whose clock may be behind, in a transaction that may
/// take as long as a request: so far back is asked again.
constexpr std::chrono::seconds kOverlap{60};

}  // namespace

std::size_t EndedSessions::IdHash::operator()(const SessionId& id) const noexcept {
  // The end of a UUID of version 7 is random.
  std::uint64_t bits = 0;
  std::memcpy(&bits, id.uuid.bytes.data() + id.uuid.bytes.size() - sizeof bits, sizeof bits);
  return bits;
}

Result<void> EndedSessions::refresh(const Context& context, Timestamp now) {
  const Timestamp oldest = now - access_lifetime_;
  EndedSession last{.id = {}, .ended_at = std::max(oldest, asked_until_ - kOverlap)};
  for (std::size_t found = kPortion; found == kPortion;) {
    const auto ended = store_.ended_after(context, last, kPortion);
    if (!ended) return ended.error();
    found = ended->size();
    if (found > 0) last = ended->back();
    const std::unique_lock lock(mutex_);
    for (const EndedSession& session : *ended) add(session);
  }
  asked_until_ = now;
  forget_before(oldest);
  return {};
}

bool EndedSessions::contains(SessionId id) const {
  const std::shared_lock lock(mutex_);
  return ended_at_.contains(id);
}

std::size_t EndedSessions::size() const {
  const std::shared_lock lock(mutex_);
  return ended_at_.size();
}

/// Pre: the mutex is held.
void EndedSessions::add(const EndedSession& session) {
  if (!ended_at_.emplace(session.id, session.ended_at).second) return;
  by_time_.emplace(session.ended_at, session.id);
  if (by_time_.size() <= kEntriesMax) return;
  ended_at_.erase(by_time_.begin()->second);
  by_time_.erase(by_time_.begin());
}

void EndedSessions::forget_before(Timestamp oldest) {
  const std::unique_lock lock(mutex_);
  while (!by_time_.empty() && by_time_.begin()->first < oldest) {
    ended_at_.erase(by_time_.begin()->second);
    by_time_.erase(by_time_.begin());
  }
}

}  // namespace vigie::domain
