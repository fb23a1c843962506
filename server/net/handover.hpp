#pragma once

#include <chrono>

#include "server/net/listener.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::net {

/// Takes this server out of those that share its port, without losing a connection, then closes the
/// listening socket: a connection is lost when it waits in the queue of a socket being closed. So
/// the kernel is told to give new ones to another socket of the group (SO_ATTACH_REUSEPORT_CBPF),
/// handshakes under way get `grace` to end, and the queue is emptied. Blocks the caller meanwhile.
/// Alone on its port, a socket is just emptied and closed.
void hand_over(core::Descriptor listening, std::chrono::milliseconds grace,
               const Accepted& accepted);

/// Lets the kernel choose freely again among the sockets of the port. For a server that starts.
void stop_steering(const core::Descriptor& listening);

}  // namespace vigie::net
