#include "server/net/shard.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <utility>

namespace vigie::net {

namespace {

constexpr std::size_t kKeptBuffersMax = 64;

/// In the order in which they are given up.
std::vector<Connection*> idle_connections(
    const std::vector<std::unique_ptr<Connection>>& connections) {
  std::map<domain::CallerKey, std::size_t> held;
  std::vector<Connection*> idle;
  for (const auto& connection : connections) {
    const auto& holder = connection->peer().holder;
    if (!holder) continue;
    ++held[*holder];
    if (connection->is_idle()) idle.push_back(connection.get());
  }
  std::sort(idle.begin(), idle.end(), [&](const Connection* a, const Connection* b) {
    const std::size_t of_a = held[*a->peer().holder];
    const std::size_t of_b = held[*b->peer().holder];
    return of_a != of_b ? of_a > of_b : a->idle_since() < b->idle_since();
  });
  return idle;
}

// Written by one thread, read by others: the hot path needs no atomic read-modify-write.
void add(std::atomic<std::size_t>& counter, std::size_t difference) noexcept {
  counter.store(counter.load(std::memory_order_relaxed) + difference, std::memory_order_relaxed);
}

}  // namespace

Shard::Shard(const Parts& parts) : parts_(parts) {}

Shard::~Shard() = default;

void Shard::adopt(int socket, Peer peer, std::optional<http::Refusal> refusal) {
  auto connection = std::make_unique<Connection>(*this, core::Descriptor(socket), std::move(peer));
  Connection& adopted = *connection;
  adopted.shard_slot = connections_.size();
  connections_.push_back(std::move(connection));
  reactor().poller().add(socket, {.readable = true}, adopted);
  if (refusal) {
    adopted.begin_refused(*refusal);
  } else {
    adopted.begin();
  }
}

void Shard::begin_drain() {
  is_draining_ = true;
  for (const auto& connection : connections_) connection->on_drain();
}

void Shard::abort_all() {
  is_draining_ = true;
  // Backwards, because what is closed leaves the list.
  for (std::size_t at = connections_.size(); at > 0; --at) connections_[at - 1]->abort();
}

void Shard::begin_request() noexcept { add(requests_in_flight_, 1); }

void Shard::end_request() noexcept { add(requests_in_flight_, static_cast<std::size_t>(-1)); }

std::unique_ptr<char[]> Shard::take_buffer() {
  // Not zeroed: it is written before it is read.
  if (buffers_.empty()) return std::unique_ptr<char[]>(new char[kBufferBytes]);
  std::unique_ptr<char[]> buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void Shard::give_buffer(std::unique_ptr<char[]> buffer) {
  if (buffers_.size() < kKeptBuffersMax) buffers_.push_back(std::move(buffer));
}

std::string_view Shard::date_line() { return date_line_.at(std::time(nullptr)); }

void Shard::touch(Connection& connection) {
  if (std::exchange(connection.is_touched, true)) return;
  touched_.push_back(&connection);
  schedule_turn_end();
}

void Shard::on_closed(const Connection& connection) {
  count_.fetch_sub(1, std::memory_order_relaxed);
  parts_.connections.on_closed(connection.was_refused());
}

void Shard::give_up_idle(std::size_t count) {
  is_relief_due_ = false;
  const std::vector<Connection*> idle = idle_connections(connections_);
  count = std::min(count, idle.size());
  for (std::size_t at = 0; at < count; ++at) idle[at]->abort();
  given_up_.fetch_add(count, std::memory_order_relaxed);
}

void Shard::retire(Connection& connection) {
  const std::size_t slot = connection.shard_slot;
  retired_.push_back(std::move(connections_[slot]));
  if (slot + 1 != connections_.size()) {
    connections_[slot] = std::move(connections_.back());
    connections_[slot]->shard_slot = slot;
  }
  connections_.pop_back();
  schedule_turn_end();
}

void Shard::schedule_turn_end() {
  if (std::exchange(turn_end_is_due_, true)) return;
  reactor().at_turn_end([this] { end_turn(); });
}

void Shard::end_turn() {
  turn_end_is_due_ = false;
  std::vector<Connection*> touched;
  touched.swap(touched_);
  for (Connection* connection : touched) {
    connection->is_touched = false;
    connection->end_turn();
  }
  // Events of this turn's batch have all been handled, and nothing of a retired connection is on
  // this stack: they can go. One that was touched again meanwhile is still closed, and harmless.
  std::erase_if(touched_, [](const Connection* connection) { return !connection->is_open(); });
  retired_.clear();
}

}  // namespace vigie::net
