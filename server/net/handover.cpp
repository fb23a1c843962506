#include "server/net/handover.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

namespace vigie::net {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kAcceptAll = std::numeric_limits<int>::max();
constexpr int kProbeWaitMs = 200;

/// New connections to the port go to the group's socket number `index`. A number out of range makes
/// the kernel choose as if there were no filter.
bool steer_to(const core::Descriptor& listening, unsigned index) {
  sock_filter answer{BPF_RET | BPF_K, 0, 0, index};
  const sock_fprog program{1, &answer};
  return ::setsockopt(listening.get(), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program,
                      sizeof program) == 0;
}

struct Address {
  sockaddr_storage storage{};
  socklen_t size = sizeof(sockaddr_storage);

  sockaddr* generic() { return reinterpret_cast<sockaddr*>(&storage); }
  in_port_t port() const { return reinterpret_cast<const sockaddr_in*>(&storage)->sin_port; }
};

/// Where a client on this machine reaches the socket: the loopback address if it listens on all.
Address reachable(const core::Descriptor& listening) {
  Address address;
  ::getsockname(listening.get(), address.generic(), &address.size);
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (address.storage.ss_family == AF_INET && v4->sin_addr.s_addr == htonl(INADDR_ANY)) {
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  } else if (address.storage.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr)) {
    v6->sin6_addr = in6addr_loopback;
  }
  return address;
}

/// Connects to the port and says whether it was another socket that got the connection. A process
/// cannot ask for its index in the group, so it tries.
bool reaches_another(const core::Descriptor& listening, const Accepted& accepted) {
  Address address = reachable(listening);
  const core::Descriptor probe(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  ::connect(probe.get(), address.generic(), address.size);
  pollfd connected{probe.get(), POLLOUT, 0};
  if (::poll(&connected, 1, kProbeWaitMs) != 1 || (connected.revents & (POLLERR | POLLHUP)) != 0) {
    return false;
  }
  Address own;
  ::getsockname(probe.get(), own.generic(), &own.size);
  bool reached_us = false;
  accept_waiting(listening, kAcceptAll, [&](core::Descriptor socket, std::string peer_address) {
    Address peer;
    ::getpeername(socket.get(), peer.generic(), &peer.size);
    if (peer.port() == own.port()) {
      reached_us = true;
    } else {
      accepted(std::move(socket), std::move(peer_address));
    }
  });
  return !reached_us;
}

/// We are at most one of the first two sockets of the group.
bool steer_away(const core::Descriptor& listening, const Accepted& accepted) {
  int is_shared = 0;
  socklen_t size = sizeof is_shared;
  ::getsockopt(listening.get(), SOL_SOCKET, SO_REUSEPORT, &is_shared, &size);
  if (is_shared == 0) return false;
  for (const unsigned index : {0U, 1U}) {
    if (steer_to(listening, index) && reaches_another(listening, accepted)) return true;
  }
  stop_steering(listening);
  return false;
}

}  // namespace

void stop_steering(const core::Descriptor& listening) {
  const int unused = 0;
  ::setsockopt(listening.get(), SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &unused, sizeof unused);
}

void hand_over(core::Descriptor listening, std::chrono::milliseconds grace,
               const Accepted& accepted) {
  const Clock::time_point end = Clock::now() + grace;
  if (steer_away(listening, accepted)) {
    while (Clock::now() < end) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
      pollfd waiting{listening.get(), POLLIN, 0};
      ::poll(&waiting, 1, static_cast<int>(left.count()));
      accept_waiting(listening, kAcceptAll, accepted);
    }
  }
  accept_waiting(listening, kAcceptAll, accepted);
}

}  // namespace vigie::net
