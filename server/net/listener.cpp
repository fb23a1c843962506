#include "server/net/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <system_error>
#include <utility>

#include "server/net/server.hpp"

namespace vigie::net {

namespace {

constexpr int kAcceptsPerTurnMax = 64;
constexpr std::chrono::milliseconds kDescriptorRetry{100};

[[noreturn]] void fail(const ServerOptions& options, int error) {
  const bool is_v6 = options.address.find(':') != std::string::npos;
  const std::string address = is_v6 ? '[' + options.address + ']' : options.address;
  throw std::system_error(error, std::generic_category(),
                          "cannot listen on " + address + ':' + std::to_string(options.port));
}

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress parse_address(const ServerOptions& options) {
  SocketAddress address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, options.address.c_str(), &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(options.port);
    address.size = sizeof(sockaddr_in);
  } else if (::inet_pton(AF_INET6, options.address.c_str(), &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(options.port);
    address.size = sizeof(sockaddr_in6);
  } else {
    fail(options, EINVAL);
  }
  return address;
}

std::string numeric_address(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* address = &reinterpret_cast<const sockaddr_in*>(&peer)->sin_addr;
  if (peer.ss_family == AF_INET6)
    address = &reinterpret_cast<const sockaddr_in6*>(&peer)->sin6_addr;
  ::inet_ntop(peer.ss_family, address, text.data(), text.size());
  return text.data();
}

void enable(int fd, int level, int option) {
  const int on = 1;
  ::setsockopt(fd, level, option, &on, sizeof on);
}

bool means_no_descriptors(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

core::Descriptor listen_on(const ServerOptions& options) {
  const SocketAddress address = parse_address(options);
  core::Descriptor socket(
      ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) fail(options, errno);
  enable(socket.get(), SOL_SOCKET, SO_REUSEADDR);
  if (options.reuse_port) enable(socket.get(), SOL_SOCKET, SO_REUSEPORT);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::bind(socket.get(), generic, address.size) != 0) fail(options, errno);
  if (::listen(socket.get(), options.backlog) != 0) fail(options, errno);
  return socket;
}

std::uint16_t port_of(const core::Descriptor& listening) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&address), &size);
  // The port has the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in*>(&address)->sin_port);
}

AcceptOutcome accept_waiting(const core::Descriptor& listening, int count_max,
                             const Accepted& accepted) {
  for (int count = 0; count < count_max; ++count) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    core::Descriptor socket(::accept4(listening.get(), reinterpret_cast<sockaddr*>(&peer), &size,
                                      SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      enable(socket.get(), IPPROTO_TCP, TCP_NODELAY);
      accepted(std::move(socket), numeric_address(peer));
    } else if (errno == EAGAIN) {
      return AcceptOutcome::kQueueIsEmpty;
    } else if (means_no_descriptors(errno)) {
      return AcceptOutcome::kNoDescriptors;
    }
    // Other errors are those of a connection that has died in the queue (accept(2)).
  }
  return AcceptOutcome::kTurnIsOver;
}

Listener::Listener(Reactor& reactor, core::Descriptor listening, Accepted accepted,
                   std::function<void()> ran_out_of_descriptors)
    : reactor_(reactor),
      listening_(std::move(listening)),
      accepted_(std::move(accepted)),
      ran_out_of_descriptors_(std::move(ran_out_of_descriptors)),
      retry_([this] { attach(); }) {}

void Listener::attach() { reactor_.poller().add(listening_.get(), {.readable = true}, *this); }

core::Descriptor Listener::detach() {
  if (retry_.is_scheduled()) {
    reactor_.timers().cancel(retry_);
  } else if (listening_) {
    reactor_.poller().remove(listening_.get());
  }
  return std::move(listening_);
}

void Listener::on_ready(Readiness) {
  if (!listening_) return;
  const AcceptOutcome outcome = accept_waiting(listening_, kAcceptsPerTurnMax, accepted_);
  if (outcome != AcceptOutcome::kNoDescriptors) return;
  // Waiting clients would wake us without end: try again a little later.
  ran_out_of_descriptors_();
  reactor_.poller().remove(listening_.get());
  reactor_.timers().schedule(retry_, std::chrono::steady_clock::now() + kDescriptorRetry);
}

}  // namespace vigie::net
