#include "server/storage/lease_pool.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/storage/control_statements.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using Clock = std::chrono::steady_clock;

}  // namespace

Lease::~Lease() {
  if (connection_ != nullptr) pool_->release(*connection_);
}

LeasePool::LeasePool(net::EventLoop& loop, const DatabaseOptions& options, PoolMetrics& metrics)
    : options_(options),
      metrics_(metrics),
      write_waiters_(options.lease_waiters_max),
      slow_waiters_(options.lease_waiters_max) {
  const SessionSettings session{.statement_timeout = options.statement_timeout};
  for (std::size_t i = 0; i < options.leased_connections; ++i) {
    slots_.push_back(std::unique_ptr<Slot>(
        new Slot{.connection{loop, options, session, *this}, .usage = Usage(metrics)}));
  }
}

domain::Result<Lease> LeasePool::acquire(Lane lane, net::TimePoint deadline) {
  Slot* const slot = waiters(lane).empty() && may_begin(lane) ? free_slot() : nullptr;
  if (slot == nullptr) return wait(lane, deadline);
  metrics_.wait_time.observe(0);
  slot->holder = lane == Lane::kSlow ? Holder::kSlow : Holder::kWrite;
  slow_in_use_ += lane == Lane::kSlow ? 1 : 0;
  slot->usage.set(Usage::State::kUsed);
  return Lease(*this, slot->connection);
}

domain::Result<Lease> LeasePool::wait(Lane lane, net::TimePoint deadline) {
  if (is_hopeless()) return error_of(Code::kUnavailable, "no connection to lease");
  WaitQueue& queue = waiters(lane);
  if (queue.is_full()) return error_of(Code::kOverloaded, "too many wait for a connection");
  const net::TimePoint began = Clock::now();
  metrics_.pending.add(1);
  WaitQueue::Outcome outcome =
      queue.wait_until(std::min(deadline, began + options_.lease_wait_max));
  metrics_.pending.add(-1);
  metrics_.wait_time.observe(std::chrono::duration<double>(Clock::now() - began).count());
  if (outcome.connection != nullptr) return Lease(*this, *outcome.connection);
  if (outcome.refusal) return *std::move(outcome.refusal);
  return no_connection_in_time(deadline);
}

domain::Error LeasePool::no_connection_in_time(net::TimePoint deadline) {
  metrics_.timeouts.add();
  const Code code = Clock::now() >= deadline ? Code::kDeadlineExceeded : Code::kOverloaded;
  return error_of(code, "while waiting for a connection to lease");
}

void LeasePool::open() {
  each([](Connection& connection) { connection.open(); });
}

void LeasePool::close() {
  const domain::Error error = error_of(Code::kUnavailable, "the database was closed");
  write_waiters_.refuse_all(error);
  slow_waiters_.refuse_all(error);
  for (const auto& slot : slots_) {
    slot->connection.close();
    slot->usage.set(Usage::State::kClosed);
  }
}

void LeasePool::give_up(const std::string& why) {
  const domain::Error error = error_of(Code::kUnavailable, why);
  write_waiters_.refuse_all(error);
  slow_waiters_.refuse_all(error);
  each([&](Connection& connection) {
    if (connection.in_flight() > 0) connection.lose(why);
  });
}

void LeasePool::hurry() {
  each([](Connection& connection) { connection.hurry(); });
}

void LeasePool::connection_ready(Connection& connection, std::chrono::duration<double> opening) {
  metrics_.create_time.observe(opening.count());
  Slot& slot = slot_of(connection);
  // Whoever held it when it was lost holds it still, and will find that out.
  slot.usage.set(slot.holder == Holder::kNobody ? Usage::State::kIdle : Usage::State::kUsed);
  serve_waiters();
}

void LeasePool::connection_lost(Connection& connection, std::string_view why) {
  Slot& slot = slot_of(connection);
  slot.usage.set(Usage::State::kClosed);
  if (slot.holder == Holder::kSettling) slot.holder = Holder::kNobody;
  if (!is_hopeless()) return;
  const domain::Error error = error_of(Code::kUnavailable, std::string(why));
  write_waiters_.refuse_all(error);
  slow_waiters_.refuse_all(error);
}

void LeasePool::connection_idle(Connection& connection) {
  Slot& slot = slot_of(connection);
  if (slot.holder == Holder::kSettling) settle(slot);
}

void LeasePool::release(Connection& connection) {
  Slot& slot = slot_of(connection);
  if (std::exchange(slot.holder, Holder::kSettling) == Holder::kSlow) --slow_in_use_;
  settle(slot);
}

/// What the holder left behind, an answer still owed or an open transaction, is cleared away
/// before the next one gets the connection.
void LeasePool::settle(Slot& slot) {
  Connection& connection = slot.connection;
  if (connection.is_ready()) {
    if (!connection.is_idle()) return;
    if (connection.is_in_transaction()) {
      const Parameters none;
      const Statement roll_back{kRollBack, none};
      return connection.send({&roll_back, 1}, nullptr);
    }
    slot.usage.set(Usage::State::kIdle);
  }
  slot.holder = Holder::kNobody;
  serve_waiters();
}

void LeasePool::serve_waiters() {
  for (const Lane lane : {Lane::kWrite, Lane::kSlow}) {
    while (!waiters(lane).empty() && may_begin(lane)) {
      Slot* const slot = free_slot();
      if (slot == nullptr) return;
      slot->holder = lane == Lane::kSlow ? Holder::kSlow : Holder::kWrite;
      slow_in_use_ += lane == Lane::kSlow ? 1 : 0;
      slot->usage.set(Usage::State::kUsed);
      waiters(lane).give_first(slot->connection);
    }
  }
}

LeasePool::Slot& LeasePool::slot_of(const Connection& connection) {
  return **std::find_if(slots_.begin(), slots_.end(),
                        [&](const auto& slot) { return &slot->connection == &connection; });
}

LeasePool::Slot* LeasePool::free_slot() {
  for (const auto& slot : slots_) {
    if (slot->holder == Holder::kNobody && slot->connection.is_idle()) return slot.get();
  }
  return nullptr;
}

bool LeasePool::may_begin(Lane lane) const {
  return lane != Lane::kSlow || slow_in_use_ < options_.slow_connections;
}

bool LeasePool::is_hopeless() const {
  return std::none_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot->connection.is_ready() || slot->connection.is_hopeful();
  });
}

}  // namespace vigie::storage
