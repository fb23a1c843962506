#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/http/application.hpp"
#include "server/net/exchange.hpp"
#include "server/net/input_buffer.hpp"
#include "server/net/peer.hpp"
#include "server/net/poller.hpp"
#include "server/net/reader_pace.hpp"
#include "server/net/request_parser.hpp"
#include "server/net/timers.hpp"
#include "server/net/write_queue.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::net {

class Shard;

/// A client's socket: reads requests from it one at a time, has each served, and keeps its
/// deadlines. Lives on its shard's reactor. Once closed, it is kept until its request's fiber has
/// ended.
class Connection final : public ReadyHandler {
 public:
  Connection(Shard& shard, core::Descriptor socket, Peer peer);
  ~Connection() override;

  /// Begins to read requests, or refuses every one of them.
  void begin();
  void begin_refused(http::Refusal refusal);
  void on_ready(Readiness readiness) override;
  /// What is left to do after a turn in which touch() was called.
  void end_turn();
  /// The shard began to drain.
  void on_drain();
  /// Closes the socket at once.
  void abort();

  bool is_open() const noexcept { return static_cast<bool>(socket_); }
  bool was_refused() const noexcept { return was_refused_; }
  /// Nothing is under way: a client expects that it may be closed (RFC 9112, 9.5). One that is new
  /// has a moment.
  bool is_idle() const noexcept;
  TimePoint idle_since() const noexcept { return phase_began_at_; }
  std::size_t shard_slot = 0;  // the shard's
  bool is_touched = false;     // the shard's

  // For the exchange.
  Shard& shard() noexcept { return shard_; }
  RequestParser& parser() noexcept { return parser_; }
  InputBuffer& input() noexcept { return input_; }
  WriteQueue& output() noexcept { return output_; }
  const Peer& peer() const noexcept { return peer_; }
  /// Sends what the socket takes now; arranges for the rest.
  void flush();
  /// Flushes at the end of the turn.
  void touch();
  /// As recv(2).
  ssize_t receive(std::span<char> room) noexcept;
  /// Asks to be told of input again.
  void resume_reading();
  /// The current request has been answered.
  void end_request(bool must_close);

 private:
  enum class Phase : std::uint8_t {
    kReading,     // idle, or within a head
    kServing,     // the application has the request
    kDiscarding,  // what is left of an answered request's body
    kClosing,     // as soon as the output is sent
    kLingering,   // the output is sent; reading on, so that no reset overtakes it
    kClosed,
  };

  void on_readable(bool has_hung_up);
  void read_requests();
  void take(std::string_view bytes);
  void dispatch();
  void read_ahead(bool has_hung_up);
  void discard(std::string_view bytes);
  void begin_request();
  void close_after_output();
  void on_output_sent();
  void set_interest(bool readable, bool writable);
  void enter(Phase phase);
  TimePoint deadline() const noexcept;
  void keep_deadline();
  void on_deadline();
  void judge_reader();

  Shard& shard_;
  core::Descriptor socket_;
  Peer peer_;
  Phase phase_ = Phase::kReading;
  bool is_fresh_ = true;  // no request has come yet
  bool is_taking_ = false;
  bool was_refused_ = false;
  bool wants_input_ = true;
  bool wants_output_ = false;
  TimePoint phase_began_at_;
  std::size_t discarded_bytes_ = 0;
  Timer timer_;
  RequestParser parser_;
  InputBuffer input_;
  WriteQueue output_;
  ReaderPace pace_;
  Exchange exchange_;
};

}  // namespace vigie::net
