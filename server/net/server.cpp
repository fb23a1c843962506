#include "server/net/server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "server/net/handover.hpp"
#include "server/net/listener.hpp"
#include "server/net/run_on.hpp"
#include "server/net/shard.hpp"

namespace vigie::net {

namespace {

using Clock = std::chrono::steady_clock;

// How long the destructor waits for handlers that still run.
constexpr std::chrono::seconds kAbortPatience{5};
// Connections that are only told that there are too many.
constexpr std::size_t kRefusedOpenMax = 128;
// What idle connections are given up at a time: one look at all of them makes room for many.
constexpr std::size_t kGivenUpPart = 50;

http::Refusal told(ConnectionRefusal refusal) {
  return refusal == ConnectionRefusal::kConnectionsPerAddress
             ? http::Refusal::kConnectionsShareExceeded
             : http::Refusal::kTooManyConnections;
}

}  // namespace

class Server::State final : public ConnectionRegister {
 public:
  State(Runtime& runtime, http::Application& application, ServerOptions options);
  ~State() override;

  std::uint16_t port() const noexcept { return port_; }
  void stop_accepting();
  void begin_drain();
  bool drained(TimePoint deadline);
  Load load() const;
  const ServerPools& pools() const noexcept { return pools_; }

  void on_closed(bool was_refused) override;
  void on_given_up(ReaderFault fault) override;

 private:
  void accept(core::Descriptor socket, std::string peer_address);
  /// A place for the peer, or the refusal.
  std::optional<ConnectionRefusal> open(Peer& peer);
  /// False: there is not even room for a refusal.
  bool count_open(bool is_refused);
  void relieve();
  void count_refusal(ConnectionRefusal reason);
  Shard& quietest_shard() const;
  std::size_t in_flight() const;

  Runtime& runtime_;
  const ServerOptions options_;
  ServerPools pools_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Shard>> shards_;
  std::unique_ptr<Listener> listener_;
  std::once_flag stops_accepting_once_;
  std::array<std::atomic<std::uint64_t>, kConnectionRefusalNames.size()> refused_{};
  std::array<std::atomic<std::uint64_t>, kReaderFaultNames.size()> given_up_{};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable closed_;
  std::size_t open_ = 0;
  std::size_t refused_open_ = 0;  // only to be told that there are too many
};

Server::State::State(Runtime& runtime, http::Application& application, ServerOptions options)
    : runtime_(runtime), options_(std::move(options)), pools_(options_.limits) {
  core::Descriptor listening = listen_on(options_);
  port_ = port_of(listening);
  if (options_.reuse_port) stop_steering(listening);
  for (std::size_t index = 0; index < runtime.size(); ++index) {
    shards_.push_back(std::make_unique<Shard>(Shard::Parts{.reactor = runtime.reactor(index),
                                                           .application = application,
                                                           .limits = options_.limits,
                                                           .connections = *this,
                                                           .pools = pools_}));
  }
  listener_ = std::make_unique<Listener>(
      runtime.reactor(0), std::move(listening),
      [this](core::Descriptor socket, std::string peer) {
        accept(std::move(socket), std::move(peer));
      },
      [this] { count_refusal(ConnectionRefusal::kDescriptors); });
  run_on(runtime.loop(0), [this] { listener_->attach(); });
}

Server::State::~State() {
  const bool is_running =
      run_on(runtime_.loop(0), [this] { static_cast<void>(listener_->detach()); });
  for (const auto& shard : shards_) run_on(shard->reactor(), [&shard] { shard->abort_all(); });
  // Of loops that have stopped nothing more will come.
  if (is_running) drained(Clock::now() + kAbortPatience);
  const bool must_leak = is_running && in_flight() > 0;
  for (std::unique_ptr<Shard>& shard : shards_) {
    // A turn of its own: the turn-end tasks that know the shard have then run.
    if (must_leak) {
      // A handler that does not return would return into freed memory.
      static_cast<void>(shard.release());
    } else if (!run_on(shard->reactor(), [&shard] { shard.reset(); })) {
      shard.reset();
    }
  }
}

void Server::State::accept(core::Descriptor socket, std::string peer_address) {
  Peer peer{.address = std::move(peer_address), .holder = {}, .place = {}};
  const std::optional<ConnectionRefusal> refused = open(peer);
  if (refused) count_refusal(*refused);
  if (pools_.is_short_of_connections()) relieve();
  if (!count_open(refused.has_value())) return;
  Shard& shard = quietest_shard();
  shard.expect_connection();
  const int fd = socket.get();
  const auto refusal = refused ? std::optional(told(*refused)) : std::nullopt;
  // Shared with a loop that may drop the task.
  const auto moved = std::make_shared<Peer>(std::move(peer));
  if (shard.reactor().post(
          [&shard, fd, moved, refusal] { shard.adopt(fd, std::move(*moved), refusal); })) {
    static_cast<void>(socket.release());
  } else {
    on_closed(refused.has_value());
  }
}

std::optional<ConnectionRefusal> Server::State::open(Peer& peer) {
  if (!options_.is_proxy(peer.address)) peer.holder = domain::CallerKey::of_address(peer.address);
  domain::ShareRefusal why{};
  peer.place = pools_.connections.try_take({.address = peer.holder, .account = {}}, why);
  if (peer.place) return std::nullopt;
  return why == domain::ShareRefusal::kFull ? ConnectionRefusal::kConnections
                                            : ConnectionRefusal::kConnectionsPerAddress;
}

bool Server::State::count_open(bool is_refused) {
  const std::lock_guard lock(mutex_);
  if (!is_refused) {
    ++open_;
    return true;
  }
  // They do not count as open: else those of one address could take the places of all.
  if (refused_open_ >= kRefusedOpenMax) return false;
  ++refused_open_;
  return true;
}

void Server::State::relieve() {
  const std::size_t count = options_.limits.connections_max / kGivenUpPart / shards_.size() + 1;
  for (const auto& shard : shards_) {
    if (!shard->begin_relief()) continue;
    shard->reactor().post([&shard = *shard, count] { shard.give_up_idle(count); });
  }
}

void Server::State::on_closed(bool was_refused) {
  const std::lock_guard lock(mutex_);
  --(was_refused ? refused_open_ : open_);
  if (open_ + refused_open_ == 0) closed_.notify_all();
}

void Server::State::on_given_up(ReaderFault fault) {
  given_up_[static_cast<std::size_t>(fault)].fetch_add(1, std::memory_order_relaxed);
}

void Server::State::count_refusal(ConnectionRefusal reason) {
  refused_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
}

Shard& Server::State::quietest_shard() const {
  const auto is_quieter = [](const auto& a, const auto& b) {
    return a->connection_count() < b->connection_count();
  };
  return **std::min_element(shards_.begin(), shards_.end(), is_quieter);
}

void Server::State::stop_accepting() {
  std::call_once(stops_accepting_once_, [this] {
    core::Descriptor listening;
    if (!run_on(runtime_.loop(0), [&] { listening = listener_->detach(); })) return;
    hand_over(std::move(listening), options_.limits.handover_grace,
              [this](core::Descriptor socket, std::string peer) {
                accept(std::move(socket), std::move(peer));
              });
  });
}

void Server::State::begin_drain() {
  for (const auto& shard : shards_) run_on(shard->reactor(), [&shard] { shard->begin_drain(); });
}

bool Server::State::drained(TimePoint deadline) {
  {
    std::unique_lock lock(mutex_);
    const auto none_is_open = [this] { return open_ + refused_open_ == 0; };
    if (!closed_.wait_until(lock, deadline, none_is_open)) return false;
  }
  // Handlers whose clients have left may still run.
  while (in_flight() > 0) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

std::size_t Server::State::in_flight() const {
  std::size_t sum = 0;
  for (const auto& shard : shards_) sum += shard->requests_in_flight();
  return sum;
}

Load Server::State::load() const {
  Load load;
  {
    const std::lock_guard lock(mutex_);
    load.connections = open_;
  }
  load.requests_in_flight = in_flight();
  for (const auto& shard : shards_) load.connections_given_up += shard->given_up_count();
  for (std::size_t reason = 0; reason < refused_.size(); ++reason) {
    load.connections_refused[reason] = refused_[reason].load(std::memory_order_relaxed);
  }
  for (std::size_t fault = 0; fault < given_up_.size(); ++fault) {
    load.readers_given_up[fault] = given_up_[fault].load(std::memory_order_relaxed);
  }
  return load;
}

Server::Server(Runtime& runtime, http::Application& application, ServerOptions options)
    : state_(std::make_unique<State>(runtime, application, std::move(options))) {}

Server::~Server() = default;

std::uint16_t Server::port() const noexcept { return state_->port(); }
void Server::stop_accepting() { state_->stop_accepting(); }
void Server::begin_drain() { state_->begin_drain(); }
bool Server::drained(TimePoint deadline) { return state_->drained(deadline); }
Load Server::load() const { return state_->load(); }
const ServerPools& Server::pools() const noexcept { return state_->pools(); }

}  // namespace vigie::net
