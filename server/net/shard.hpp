#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/http/application.hpp"
#include "server/net/connection.hpp"
#include "server/net/limits.hpp"
#include "server/net/reactor.hpp"
#include "server/net/reader_pace.hpp"
#include "server/net/response_head.hpp"
#include "server/net/server_pools.hpp"

namespace vigie::net {

/// Told of connections that were closed; called from all shards: thread-safe.
class ConnectionRegister {
 public:
  virtual ~ConnectionRegister() = default;
  virtual void on_closed(bool was_refused) = 0;
  /// Before on_closed.
  virtual void on_given_up(ReaderFault fault) = 0;
};

/// The part of a server that lives on one reactor: its connections and what they share. All but the
/// counters is used on that reactor only.
class Shard {
 public:
  static constexpr std::size_t kBufferBytes = std::size_t{64} * 1024;

  struct Parts {
    Reactor& reactor;
    http::Application& application;
    const Limits& limits;
    ConnectionRegister& connections;
    ServerPools& pools;
  };
  explicit Shard(const Parts& parts);
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  ~Shard();

  /// Thread-safe; before adopt() is posted.
  void expect_connection() noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  /// Takes a socket; `refusal`: only to be told so.
  void adopt(int socket, Peer peer, std::optional<http::Refusal> refusal);
  /// Thread-safe. True: give_up_idle() is to be posted.
  bool begin_relief() noexcept { return !is_relief_due_.exchange(true); }
  /// Closes idle connections, the oldest of those who hold most first.
  void give_up_idle(std::size_t count);
  void begin_drain();
  bool is_draining() const noexcept { return is_draining_; }
  void abort_all();

  Reactor& reactor() noexcept { return parts_.reactor; }
  http::Application& application() noexcept { return parts_.application; }
  const Limits& limits() const noexcept { return parts_.limits; }

  ServerPools& pools() noexcept { return parts_.pools; }
  void begin_request() noexcept;
  void end_request() noexcept;
  std::size_t connection_count() const noexcept { return count_.load(std::memory_order_relaxed); }
  std::uint64_t given_up_count() const noexcept {
    return given_up_.load(std::memory_order_relaxed);
  }
  std::size_t requests_in_flight() const noexcept {
    return requests_in_flight_.load(std::memory_order_relaxed);
  }

  // For connections.
  /// For what is received and used at once.
  std::span<char> read_buffer() noexcept { return read_buffer_; }
  /// A buffer of kBufferBytes for a request that keeps it.
  std::unique_ptr<char[]> take_buffer();
  void give_buffer(std::unique_ptr<char[]> buffer);
  std::string& scratch() noexcept { return scratch_; }
  std::string_view date_line();
  /// Connection::end_turn will be called.
  void touch(Connection& connection);
  void on_given_up(ReaderFault fault) { parts_.connections.on_given_up(fault); }
  /// The socket was closed.
  void on_closed(const Connection& connection);
  /// Destroys it at the end of the turn.
  void retire(Connection& connection);

 private:
  void schedule_turn_end();
  void end_turn();

  const Parts parts_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::size_t> requests_in_flight_{0};
  std::atomic<std::uint64_t> given_up_{0};
  std::atomic<bool> is_relief_due_{false};
  bool is_draining_ = false;
  bool turn_end_is_due_ = false;
  DateLine date_line_;
  std::string scratch_;
  std::vector<std::unique_ptr<char[]>> buffers_;
  std::vector<Connection*> touched_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::vector<std::unique_ptr<Connection>> retired_;
  std::array<char, kBufferBytes> read_buffer_;
};

}  // namespace vigie::net
