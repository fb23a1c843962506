#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/http/application.hpp"
#include "server/net/limits.hpp"
#include "server/net/reader_pace.hpp"
#include "server/net/runtime.hpp"
#include "server/net/server_pools.hpp"

namespace vigie::net {

struct ServerOptions {
  std::string address = "127.0.0.1";  // numeric IPv4 or IPv6
  std::uint16_t port = 0;             // 0: a free one
  int backlog = 1024;
  /// SO_REUSEPORT: several servers share the port, which makes a restart without a lost request
  /// possible (see stop_accepting).
  bool reuse_port = false;
  Limits limits;
  /// Peers that carry the requests of many clients: no share of connections is theirs.
  std::function<bool(std::string_view address)> is_proxy = [](std::string_view) { return false; };
};

/// Why a connection was turned away.
enum class ConnectionRefusal : std::uint8_t {
  kConnections,            // Limits::connections_max
  kConnectionsPerAddress,  // Limits::connections_per_address_max
  kDescriptors,            // the process has no file descriptor left
};
inline constexpr std::array<std::string_view, 3> kConnectionRefusalNames = {
    "connections", "connections_per_address", "descriptors"};

struct Load {
  std::size_t connections = 0;
  std::size_t requests_in_flight = 0;
  /// Since the start, indexed by ConnectionRefusal.
  std::array<std::uint64_t, kConnectionRefusalNames.size()> connections_refused{};
  /// Idle connections closed to make room for others.
  std::uint64_t connections_given_up = 0;
  /// Connections closed because their clients did not take the answer, indexed by ReaderFault.
  std::array<std::uint64_t, kReaderFaultNames.size()> readers_given_up{};
};

/// An HTTP/1.1 server (RFC 9110, 9112) on all reactors of a runtime. Thread-safe; not to be called
/// from reactor threads, except port() and load().
class Server {
 public:
  /// Listens from now on. Throws std::system_error that names address:port and the reason.
  /// `runtime` and `application` must outlive the server.
  Server(Runtime& runtime, http::Application& application, ServerOptions options);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Closes everything at once; waits a few seconds at most for handlers to return.
  ~Server();

  std::uint16_t port() const noexcept;
  /// Closes the listening socket after taking everything that waits in its queue. With reuse_port,
  /// new connections are first steered to the other servers on the port; returns within
  /// Limits::handover_grace and a few milliseconds. Idempotent.
  void stop_accepting();
  /// Every answer from now on closes its connection; idle connections are closed after
  /// Limits::drain_idle_grace. Idempotent.
  void begin_drain();
  /// Waits until no connection is left (true) or the deadline has passed (false).
  bool drained(TimePoint deadline);
  Load load() const;
  const ServerPools& pools() const noexcept;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace vigie::net
