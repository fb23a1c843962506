#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "server/net/waiting.hpp"
#include "server/storage/options.hpp"

struct pg_conn;

namespace vigie::storage {

struct CloseConnection {
  void operator()(pg_conn* connection) const noexcept;
};
/// An open libpq connection. Whoever watches its socket unwatches it first.
using OpenConnection = std::unique_ptr<pg_conn, CloseConnection>;

/// One attempt to connect, without blocking the loop it runs on.
class ConnectAttempt {
 public:
  /// Called once, at the end: with the connection, in pipeline mode, or null and why.
  using Done = std::function<void(OpenConnection, const std::string& why)>;

  /// Starts at once; `done` is not called before the constructor has returned. `options` outlive
  /// it, with addresses. `first`: which address is tried first, see HostAddresses::list.
  ConnectAttempt(net::EventLoop& loop, const DatabaseOptions& options, std::size_t first,
                 Done done);
  /// Gives up silently.
  ~ConnectAttempt();
  ConnectAttempt(const ConnectAttempt&) = delete;
  ConnectAttempt& operator=(const ConnectAttempt&) = delete;

 private:
  void find_addresses();
  void start();
  void poll();
  void watch(net::Readiness interest);
  void unwatch();
  void succeed();
  void fail(std::string why);

  net::EventLoop& loop_;
  const DatabaseOptions& options_;
  const std::size_t first_;
  Done done_;
  OpenConnection connection_;
  int watched_fd_ = -1;
  net::EventLoop::TimerId timer_ = 0;
  net::EventLoop::TimerId patience_ = 0;
  /// Owned here: who comes back from a look-up sees by it whether this still exists.
  std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
};

}  // namespace vigie::storage
