#pragma once

#include <functional>

#include "server/net/waiting.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::storage {

/// Watches the socket of an established connection through a descriptor of its own, because libpq
/// closes its own one as soon as it reads that the server is gone, and a closed descriptor cannot
/// be unwatched any more. Used on the loop's thread.
class SocketWatch {
 public:
  using Ready = std::function<void(net::Readiness)>;

  explicit SocketWatch(net::EventLoop& loop) : loop_(loop) {}
  ~SocketWatch() { stop(); }
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  /// Calls `ready` whenever there is something to read. False when no descriptor is left.
  bool start(int socket, Ready ready);
  /// Whether to be called when it can be written to, too. Pre: started.
  void want_write(bool wants_write);
  /// Does nothing when not started.
  void stop();

 private:
  net::EventLoop& loop_;
  Ready ready_;
  core::Descriptor descriptor_;
  bool wants_write_ = false;
};

}  // namespace vigie::storage
