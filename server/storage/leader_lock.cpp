#include "server/storage/leader_lock.hpp"

#include <utility>

#include "server/storage/sql/session.hpp"
#include "server/storage/sql/tasks.hpp"

namespace vigie::storage {

LeaderLock::LeaderLock(net::EventLoop& loop, const DatabaseOptions& options, Changed changed)
    : changed_(std::move(changed)), connection_(loop, options, *this) {}

const Query& LeaderLock::question() {
  return is_leader_ ? sql::session::kProbe : sql::tasks::kTryLock;
}

void LeaderLock::answered(const Rows& rows) { set_leader(rows.boolean(0, 0)); }

void LeaderLock::set_leader(bool is_leader) {
  if (std::exchange(is_leader_, is_leader) != is_leader) changed_(is_leader);
}

}  // namespace vigie::storage
