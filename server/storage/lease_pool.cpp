#include "server/storage/lease_pool.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include "server/storage/sql/transaction.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using Clock = std::chrono::steady_clock;

constexpr std::string_view kConnections = "connections to the database";

}  // namespace

Lease::~Lease() {
  if (connection_ != nullptr) pool_->release(*connection_);
}

LeasePool::LeasePool(net::EventLoop& loop, const DatabaseOptions& options, PoolMetrics& metrics)
    : options_(options), metrics_(metrics), shares_(std::make_shared<LeaseShares>(options)) {
  const SessionSettings session{.statement_timeout = options.statement_timeout};
  for (std::size_t i = 0; i < options.leased_connections; ++i) {
    slots_.push_back(std::unique_ptr<Slot>(
        new Slot{.connection{loop, options, session, *this}, .usage = Usage(metrics)}));
  }
}

domain::Result<Lease> LeasePool::acquire(Lane lane, const domain::Caller& caller,
                                         net::TimePoint deadline) {
  // Who waits while a connection is free has its share: that one is for others.
  Slot* const slot = free_slot();
  if (slot == nullptr || !occupy(*slot, lane, caller)) return wait(lane, caller, deadline);
  waiters(lane).served(caller);
  metrics_.wait_time.observe(0);
  return Lease(*this, slot->connection);
}

domain::Result<Lease> LeasePool::wait(Lane lane, const domain::Caller& caller,
                                      net::TimePoint deadline) {
  // Who holds one would wait for an end of its own.
  assert(!net::holds_scarce());
  if (is_hopeless()) return error_of(Code::kUnavailable, "no connection to lease");
  domain::ShareRefusal why{};
  const domain::SharePool::Place place = waiting(lane).try_take(caller, why);
  if (!place) return refuse_to_queue(why);
  const net::TimePoint began = Clock::now();
  // Who waits for an end of its own requests is no sign that the pool is too small.
  const int pending = has_its_share(lane, caller) ? 0 : 1;
  metrics_.pending.add(pending);
  WaitQueue::Outcome outcome =
      waiters(lane).wait_until(std::min(deadline, began + options_.lease_wait_max), caller);
  metrics_.pending.add(-pending);
  metrics_.wait_time.observe(std::chrono::duration<double>(Clock::now() - began).count());
  if (outcome.connection != nullptr) return Lease(*this, *outcome.connection);
  if (outcome.refusal) return *std::move(outcome.refusal);
  const bool is_own_doing = outcome.is_behind_own || has_its_share(lane, caller);
  if (!is_own_doing) return no_connection_in_time(deadline);
  waiting(lane).count_refusal(caller);
  return domain::share_exceeded(kConnections);
}

domain::Error LeasePool::refuse_to_queue(domain::ShareRefusal why) {
  if (why != domain::ShareRefusal::kFull) return domain::share_exceeded(kConnections);
  return error_of(Code::kOverloaded, "too many wait for a connection");
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
  if (slot.holder == Holder::kSettling) vacate(slot);
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
  slot.holder = Holder::kSettling;
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
      const Statement roll_back{sql::transaction::kRollBack, none};
      return connection.send({&roll_back, 1}, nullptr);
    }
    slot.usage.set(Usage::State::kIdle);
  }
  vacate(slot);
}

/// Its caller may have another one; so may whoever waits for this one.
void LeasePool::vacate(Slot& slot) {
  slot.holder = Holder::kNobody;
  slot.place.release();
  slot.slow_place.release();
  serve_waiters();
}

void LeasePool::serve_waiters() {
  serve_waiters(Lane::kWrite);
  serve_waiters(Lane::kSlow);
}

void LeasePool::serve_waiters(Lane lane) {
  bool is_served = true;
  while (is_served && !waiters(lane).empty()) {
    Slot* const slot = free_slot();
    if (slot == nullptr) return;
    is_served = waiters(lane).offer(slot->connection, [&](const domain::Caller& caller) {
      return occupy(*slot, lane, caller);
    });
  }
}

bool LeasePool::occupy(Slot& slot, Lane lane, const domain::Caller& caller) {
  if (!may_begin(lane, caller)) return false;
  domain::ShareRefusal none{};
  slot.place = shares_->leased.connections.try_take(caller, none);
  if (lane == Lane::kSlow) slot.slow_place = shares_->slow.connections.try_take(caller, none);
  slot.holder = Holder::kCaller;
  slot.usage.set(Usage::State::kUsed);
  return true;
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

bool LeasePool::may_begin(Lane lane, const domain::Caller& caller) const {
  return !shares_->leased.connections.is_refused(caller) &&
         (lane != Lane::kSlow || !shares_->slow.connections.is_refused(caller));
}

/// Never of this program, which has none.
bool LeasePool::has_its_share(Lane lane, const domain::Caller& caller) const {
  const auto has_of = [&](const domain::SharePool& pool) {
    return pool.held_by(caller) >= pool.limits().per_address;
  };
  return has_of(shares_->leased.connections) ||
         (lane == Lane::kSlow && has_of(shares_->slow.connections));
}

bool LeasePool::is_hopeless() const {
  return std::none_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot->connection.is_ready() || slot->connection.is_hopeful();
  });
}

}  // namespace vigie::storage
