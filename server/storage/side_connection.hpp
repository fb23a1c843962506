#pragma once

#include <memory>
#include <string_view>

#include "server/net/waiting.hpp"
#include "server/storage/connection.hpp"
#include "server/storage/options.hpp"
#include "server/storage/query.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// What a connection that is nobody else's is for. All calls come on its loop.
class SideSession {
 public:
  virtual ~SideSession() = default;
  /// What is asked now: when the connection is ready, and then at each probe interval, so that a
  /// connection whose other end has gone silently is noticed.
  virtual const Query& question() = 0;
  virtual void answered(const Rows& rows) = 0;
  virtual void notified(std::string_view payload) = 0;
  /// Also when it could not be had. It is opened again by itself.
  virtual void lost() = 0;
};

/// A connection beside the pools, for what lives as long as a session: LISTEN, advisory locks.
/// Thread-safe.
class SideConnection {
 public:
  /// Starts connecting on `loop`, which runs, and returns. `session` outlives it.
  SideConnection(net::EventLoop& loop, const DatabaseOptions& options, SideSession& session);
  /// Closes it: no call comes afterwards. On no loop.
  ~SideConnection();
  SideConnection(const SideConnection&) = delete;
  SideConnection& operator=(const SideConnection&) = delete;

 private:
  class State;

  net::EventLoop& loop_;
  /// Owned here; tasks on their way to the loop hold weak pointers.
  std::shared_ptr<State> state_;
};

}  // namespace vigie::storage
