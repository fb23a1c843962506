#include "server/storage/shared_lane.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/storage/sqlstate.hpp"

namespace vigie::storage {

using domain::Code;

SharedLane::SharedLane(net::EventLoop& loop, const DatabaseOptions& options, PoolMetrics& metrics)
    : options_(options), metrics_(metrics) {
  // Short reads are planned once: left to itself, the server would plan many of them each time,
  // which costs as much as they do. Their plans are tested for all values.
  const SessionSettings session{.statement_timeout = options.shared_statement_timeout,
                                .plan_cache_mode = "force_generic_plan"};
  for (std::size_t i = 0; i < options.shared_connections; ++i) {
    slots_.push_back(std::unique_ptr<Slot>(
        new Slot{.connection{loop, options, session, *this}, .usage = Usage(metrics)}));
  }
}

domain::Result<Connection*> SharedLane::pick(net::TimePoint deadline) {
  if (Slot* slot = least_loaded()) return take(*slot);
  if (!is_hopeful()) return error_of(Code::kUnavailable, "no shared connection");
  if (waiters_.size() >= options_.shared_in_flight_max) {
    return error_of(Code::kOverloaded, "too many wait for a connection");
  }
  metrics_.pending.add(1);
  // For no caller: all who wait are served together.
  WaitQueue::Outcome outcome = waiters_.wait_until(deadline, {});
  metrics_.pending.add(-1);
  if (outcome.refusal) return *std::move(outcome.refusal);
  if (outcome.connection != nullptr) return take(slot_of(*outcome.connection));
  metrics_.timeouts.add();
  return error_of(Code::kDeadlineExceeded, "while waiting for a shared connection");
}

domain::Result<Connection*> SharedLane::take(Slot& slot) {
  if (!slot.connection.is_ready()) return error_of(Code::kUnavailable, "no shared connection");
  if (slot.connection.in_flight() >= options_.shared_in_flight_max) {
    return error_of(Code::kOverloaded, "too many queries in flight");
  }
  slot.usage.set(Usage::State::kUsed);
  return &slot.connection;
}

void SharedLane::open() {
  each([](Connection& connection) { connection.open(); });
}

void SharedLane::close() {
  waiters_.refuse_all(error_of(Code::kUnavailable, "the database was closed"));
  for (const auto& slot : slots_) {
    slot->connection.close();
    slot->usage.set(Usage::State::kClosed);
  }
}

void SharedLane::give_up(const std::string& why) {
  waiters_.refuse_all(error_of(Code::kUnavailable, why));
  each([&](Connection& connection) {
    if (connection.in_flight() > 0) connection.lose(why);
  });
}

void SharedLane::hurry() {
  each([](Connection& connection) { connection.hurry(); });
}

void SharedLane::connection_ready(Connection& connection, std::chrono::duration<double> opening) {
  metrics_.create_time.observe(opening.count());
  slot_of(connection).usage.set(Usage::State::kIdle);
  while (waiters_.offer(connection, [](const domain::Caller&) { return true; })) continue;
}

void SharedLane::connection_lost(Connection& connection, std::string_view why) {
  slot_of(connection).usage.set(Usage::State::kClosed);
  if (least_loaded() != nullptr || is_hopeful()) return;
  waiters_.refuse_all(error_of(Code::kUnavailable, std::string(why)));
}

void SharedLane::connection_idle(Connection& connection) {
  slot_of(connection).usage.set(Usage::State::kIdle);
}

SharedLane::Slot& SharedLane::slot_of(const Connection& connection) {
  return **std::find_if(slots_.begin(), slots_.end(),
                        [&](const auto& slot) { return &slot->connection == &connection; });
}

SharedLane::Slot* SharedLane::least_loaded() {
  Slot* best = nullptr;
  for (const auto& slot : slots_) {
    if (!slot->connection.is_ready()) continue;
    if (best == nullptr || slot->connection.in_flight() < best->connection.in_flight()) {
      best = slot.get();
    }
  }
  return best;
}

bool SharedLane::is_hopeful() const {
  return std::any_of(slots_.begin(), slots_.end(),
                     [](const auto& slot) { return slot->connection.is_hopeful(); });
}

}  // namespace vigie::storage
