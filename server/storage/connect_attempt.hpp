#pragma once

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

  /// Starts at once; `done` is not called before the constructor has returned.
  ConnectAttempt(net::EventLoop& loop, const DatabaseOptions& options, Done done);
  /// Gives up silently.
  ~ConnectAttempt();
  ConnectAttempt(const ConnectAttempt&) = delete;
  ConnectAttempt& operator=(const ConnectAttempt&) = delete;

 private:
  void poll();
  void watch(net::Readiness interest);
  void unwatch();
  void succeed();
  void fail(std::string why);

  net::EventLoop& loop_;
  Done done_;
  OpenConnection connection_;
  int watched_fd_ = -1;
  net::EventLoop::TimerId timer_ = 0;
};

}  // namespace vigie::storage
