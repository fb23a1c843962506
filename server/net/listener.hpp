#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/net/reactor.hpp"

namespace vigie::net {

struct ServerOptions;

/// A descriptor, closed with its owner.
class Socket {
 public:
  explicit Socket(int fd = -1) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept;
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();

  int fd() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept;

 private:
  int fd_;
};

/// Gets each accepted socket and its peer's numeric address.
using Accepted = std::function<void(Socket socket, std::string peer_address)>;

/// Throws std::system_error that names address:port and the reason.
Socket listen_on(const ServerOptions& options);
std::uint16_t port_of(const Socket& listening);

enum class AcceptOutcome : std::uint8_t { kQueueIsEmpty, kTurnIsOver, kNoDescriptors };
/// Accepts what waits, at most `count_max`.
AcceptOutcome accept_waiting(const Socket& listening, int count_max, const Accepted& accepted);

/// Accepts on a reactor while it is attached.
class Listener final : public ReadyHandler {
 public:
  Listener(Reactor& reactor, Socket listening, Accepted accepted,
           std::function<void()> ran_out_of_descriptors);

  /// On the reactor.
  void attach();
  /// On the reactor; `detach` gives the socket away, still listening.
  Socket detach();
  void on_ready(Readiness readiness) override;

 private:
  Reactor& reactor_;
  Socket listening_;
  Accepted accepted_;
  std::function<void()> ran_out_of_descriptors_;
  Timer retry_;
};

}  // namespace vigie::net
