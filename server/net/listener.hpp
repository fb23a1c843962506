#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "server/net/reactor.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::net {

struct ServerOptions;

/// Gets each accepted socket and its peer's numeric address.
using Accepted = std::function<void(core::Descriptor socket, std::string peer_address)>;

/// Throws std::system_error that names address:port and the reason.
core::Descriptor listen_on(const ServerOptions& options);
std::uint16_t port_of(const core::Descriptor& listening);

enum class AcceptOutcome : std::uint8_t { kQueueIsEmpty, kTurnIsOver, kNoDescriptors };
/// Accepts what waits, at most `count_max`.
AcceptOutcome accept_waiting(const core::Descriptor& listening, int count_max,
                             const Accepted& accepted);

/// Accepts on a reactor while it is attached.
class Listener final : public ReadyHandler {
 public:
  Listener(Reactor& reactor, core::Descriptor listening, Accepted accepted,
           std::function<void()> ran_out_of_descriptors);

  /// On the reactor.
  void attach();
  /// On the reactor; `detach` gives the socket away, still listening.
  core::Descriptor detach();
  void on_ready(Readiness readiness) override;

 private:
  Reactor& reactor_;
  core::Descriptor listening_;
  Accepted accepted_;
  std::function<void()> ran_out_of_descriptors_;
  Timer retry_;
};

}  // namespace vigie::net
