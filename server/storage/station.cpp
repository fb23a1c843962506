#include "server/storage/station.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// The server ends every statement at its timeout: a connection that is silent for longer is dead.
constexpr milliseconds kSilenceAfterTimeoutMax{1'000};
constexpr milliseconds kCancelAgainAfter{50};

domain::Error down() { return error_of(Code::kUnavailable, "PostgreSQL does not answer"); }

}  // namespace

Station::Station(net::EventLoop& loop, const DatabaseOptions& options, PoolMetrics& shared_metrics,
                 PoolMetrics& leased_metrics, Calls calls)
    : loop_(loop),
      options_(options),
      calls_(std::move(calls)),
      shared_(loop, options, shared_metrics),
      leased_(loop, options, leased_metrics) {}

void Station::open() {
  shared_.open();
  leased_.open();
}

void Station::close() {
  loop_.cancel(timer_);
  shared_.close();
  leased_.close();
}

void Station::set_down(bool is_down, const std::string& why) {
  is_down_ = is_down;
  if (is_down) {
    shared_.give_up(why);
    leased_.give_up(why);
  } else {
    shared_.hurry();
    leased_.hurry();
  }
}

domain::Result<Connection*> Station::pick_shared(net::TimePoint deadline) {
  if (is_down_) return down();
  return shared_.pick(deadline);
}

domain::Result<Lease> Station::lease(Lane lane, const domain::Caller& caller,
                                     net::TimePoint deadline) {
  if (is_down_) return down();
  return leased_.acquire(lane, caller, deadline);
}

Answer Station::ask(Connection& connection, std::span<const Statement> statements,
                    net::TimePoint deadline) {
  Answer refused;
  if (is_down_) {
    refused.error = down();
    return refused;
  }
  net::Parking parking;
  Reply reply;
  reply.done = [&parking] { parking.notify(); };
  connection.send(statements, &reply);
  watch_for_stalls();
  if (parking.wait_until(deadline) == net::Wake::kNotified) {
    return std::move(static_cast<Answer&>(reply));
  }
  see_off({connection, connection.generation(), connection.abandon(reply)});
  refused.error = error_of(Code::kDeadlineExceeded, "while waiting for the answer");
  return refused;
}

/// Until the abandoned flight has gone: cancels it whenever it is the one being executed. More than
/// once, because a cancellation that comes before the server has begun with it does nothing.
void Station::see_off(const Abandoned& abandoned) {
  const auto& [connection, generation, flight] = abandoned;
  if (connection.generation() != generation || !connection.is_in_flight(flight)) return;
  if (connection.is_executing(flight)) return cancel(abandoned);
  loop_.call_at(Clock::now() + kCancelAgainAfter, [weak = weak_from_this(), abandoned] {
    if (const auto self = weak.lock()) self->see_off(abandoned);
  });
}

void Station::cancel(const Abandoned& abandoned) {
  abandoned.connection.cancel_begins();
  // The station keeps the connection; a cancellation that outlives both has nobody to tell.
  calls_.cancel(abandoned.connection.backend(),
                [weak = weak_from_this(), abandoned](bool is_certain) {
                  if (const auto self = weak.lock()) self->cancelled(abandoned, is_certain);
                });
}

void Station::cancelled(const Abandoned& abandoned, bool is_certain) {
  Connection& connection = abandoned.connection;
  if (connection.generation() != abandoned.generation || !connection.is_ready()) return;
  // It might still come, and hit a later statement.
  if (!is_certain) return connection.lose("nobody knows whether a cancellation was delivered");
  connection.cancel_ended();
  loop_.call_at(Clock::now() + kCancelAgainAfter, [weak = weak_from_this(), abandoned] {
    if (const auto self = weak.lock()) self->see_off(abandoned);
  });
}

void Station::watch_for_stalls() {
  if (std::exchange(is_watching_, true)) return;
  timer_ =
      loop_.call_at(Clock::now() + options_.stall_suspected_after, [this] { look_for_stalls(); });
}

void Station::look_for_stalls() {
  is_watching_ = false;
  const net::TimePoint now = Clock::now();
  milliseconds longest{0};
  bool is_waiting = false;
  const auto look = [&](Connection& connection, milliseconds statement_timeout) {
    is_waiting |= connection.in_flight() > 0;
    const milliseconds stalled = connection.stalled_for(now);
    longest = std::max(longest, stalled);
    if (connection.is_ready() && stalled > statement_timeout + kSilenceAfterTimeoutMax) {
      connection.lose("no answer beyond the statement timeout");
    }
  };
  shared_.each([&](Connection& each) { look(each, options_.shared_statement_timeout); });
  leased_.each([&](Connection& each) { look(each, options_.statement_timeout); });
  if (longest >= options_.stall_suspected_after) calls_.suspect();
  if (is_waiting) watch_for_stalls();
}

}  // namespace vigie::storage
