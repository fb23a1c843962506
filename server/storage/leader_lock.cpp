#include "server/storage/leader_lock.hpp"

#include <utility>

namespace vigie::storage {
namespace {

/// Any number will do that no other lock of the program has.
constexpr Query kTryLock{.name = QueryName::kDiagnostic,
                         .sql = "SELECT pg_try_advisory_lock(8246517025)",
                         .operation = "SELECT"};
/// A session that the server has forgotten holds no lock either.
constexpr Query kProbe{.name = QueryName::kDiagnostic, .sql = "SELECT true", .operation = "SELECT"};

}  // namespace

LeaderLock::LeaderLock(net::EventLoop& loop, const DatabaseOptions& options, Changed changed)
    : changed_(std::move(changed)), connection_(loop, options, *this) {}

const Query& LeaderLock::question() { return is_leader_ ? kProbe : kTryLock; }

void LeaderLock::answered(const Rows& rows) { set_leader(rows.boolean(0, 0)); }

void LeaderLock::set_leader(bool is_leader) {
  if (std::exchange(is_leader_, is_leader) != is_leader) changed_(is_leader);
}

}  // namespace vigie::storage
