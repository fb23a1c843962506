#pragma once

#include <functional>
#include <string_view>

#include "server/storage/side_connection.hpp"

namespace vigie::storage {

/// Of all processes with one database, one at a time holds this lock: an advisory lock of a session
/// of its own, which PostgreSQL frees when the process dies. The others try again at each probe
/// interval.
class LeaderLock : private SideSession {
 public:
  /// Called on the loop at each change.
  using Changed = std::function<void(bool is_leader)>;

  LeaderLock(net::EventLoop& loop, const DatabaseOptions& options, Changed changed);

 private:
  const Query& question() override;
  void answered(const Rows& rows) override;
  void notified(std::string_view) override {}
  void lost() override { set_leader(false); }
  void set_leader(bool is_leader);

  Changed changed_;
  bool is_leader_ = false;
  SideConnection connection_;
};

}  // namespace vigie::storage
