#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "server/net/waiting.hpp"
#include "server/storage/connect_attempt.hpp"
#include "server/storage/options.hpp"
#include "server/storage/pipeline.hpp"
#include "server/storage/socket_watch.hpp"

namespace vigie::storage {

class Connection;

/// Is told what becomes of its connections, on their loop.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  /// It may be used from now on. `opening` is how long the attempt took.
  virtual void connection_ready(Connection& connection, std::chrono::duration<double> opening) = 0;
  /// It was lost, or an attempt to connect failed. It connects again by itself.
  virtual void connection_lost(Connection& connection, std::string_view why) = 0;
  /// It owes no answer any more.
  virtual void connection_idle(Connection& connection) = 0;
  /// The payload of a NOTIFY on a channel that the connection listens on.
  virtual void notified(Connection& /*connection*/, std::string_view /*payload*/) {}
};

/// In what the sessions of connections of different use differ.
struct SessionSettings {
  /// Caps its statements.
  std::chrono::milliseconds statement_timeout{};
  /// PostgreSQL's plan_cache_mode, a literal.
  std::string_view plan_cache_mode = "auto";
};

/// A connection that comes back: when lost, it is opened again, with growing pauses, until it is
/// closed. Used on its loop's thread only.
class Connection {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  /// All arguments but `session` outlive it.
  Connection(net::EventLoop& loop, const DatabaseOptions& options, const SessionSettings& session,
             ConnectionOwner& owner);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void open();
  /// Answers all replies with kUnavailable. For good.
  void close();
  /// There is reason to hope again: cuts the pause before the next attempt short.
  void hurry();

  bool is_ready() const noexcept { return state_ == State::kReady; }
  /// It is being opened, and no attempt has failed since it was last ready.
  bool is_hopeful() const noexcept;
  /// An attempt to open it has failed since it was last ready.
  bool has_failed() const noexcept { return failures_ > 0; }
  bool is_idle() const noexcept;
  std::size_t in_flight() const noexcept { return pipeline_ ? pipeline_->in_flight() : 0; }
  /// After the last answer, a transaction was open.
  bool is_in_transaction() const noexcept;
  /// Differs from one opening to the next.
  std::uint64_t generation() const noexcept { return generation_; }
  /// Process id of its backend.
  int backend() const noexcept;
  /// How long it has owed an answer and received nothing.
  std::chrono::milliseconds stalled_for(TimePoint now) const noexcept;

  /// Pre: is_ready. `reply` may be null.
  void send(std::span<const Statement> statements, Reply* reply);
  // See Pipeline. Pre of the first: the connection has not been lost since the reply was sent.
  using FlightNumber = Pipeline::FlightNumber;
  FlightNumber abandon(const Reply& reply) { return pipeline_->abandon(reply); }
  bool is_in_flight(FlightNumber flight) const noexcept {
    return pipeline_ && pipeline_->is_in_flight(flight);
  }
  bool is_executing(FlightNumber flight) const noexcept {
    return pipeline_ && pipeline_->is_executing(flight);
  }
  /// It is not used for anything else while its running statement is being cancelled.
  void cancel_begins();
  void cancel_ended();
  /// Gives this opening up, as if the server had closed it.
  void lose(std::string why);

 private:
  enum class State { kClosed, kPausing, kConnecting, kReady };

  void count_failure();
  void count_life();
  void connect();
  void connected(OpenConnection connection, const std::string& why);
  void configure();
  void configured();
  void socket_ready();
  void deliver_notifications();
  void update_interest();
  void drop(const std::string& why);
  void pause();
  void tell_if_idle();

  net::EventLoop& loop_;
  const DatabaseOptions& options_;
  const SessionSettings session_;
  ConnectionOwner& owner_;

  State state_ = State::kClosed;
  std::unique_ptr<ConnectAttempt> attempt_;
  OpenConnection connection_;
  SocketWatch watch_;
  std::unique_ptr<Pipeline> pipeline_;
  Reply configuration_;
  TimePoint attempt_began_{};
  net::EventLoop::TimerId timer_ = 0;
  std::uint64_t generation_ = 0;
  unsigned failures_ = 0;
  /// Lives in a row that were too short to count.
  unsigned short_lives_ = 0;
  TimePoint ready_at_{};
  /// Since it exists: the next attempt begins with another address.
  std::size_t failed_attempts_ = 0;
  unsigned cancels_pending_ = 0;
  bool is_flush_due_ = false;
  bool is_broken_ = false;
};

}  // namespace vigie::storage
