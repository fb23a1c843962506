#include "server/jobs/worker_state.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"

namespace vigie::jobs {
namespace {

using namespace telemetry::attributes;
namespace log_events = telemetry::log_events;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kStoreTimeMax{5};
/// How often it is looked whose lease is a third over.
constexpr std::chrono::seconds kHeartbeat{1};
constexpr std::size_t kPromotedMax = 1000;
constexpr std::size_t kRecoveredMax = 100;

domain::Context store_context() {
  domain::Context context;
  context.deadline = Clock::now() + kStoreTimeMax;
  return context;
}

}  // namespace

Worker::State::State(const Parts& parts, WorkerOptions options)
    : parts_(parts), options_(std::move(options)) {
  for (net::EventLoop& loop : parts_.loops) {
    finishers_.push_back(std::make_unique<Finisher>(loop, parts_.store));
  }
  for (const LaneOptions& lane : options_.lanes) {
    if (lane.concurrency > 0) add_lane(lane);
  }
}

void Worker::State::add_lane(const LaneOptions& options) {
  const domain::JobLane lane = options.lane;
  Lane::Calls calls{.claim = [this, lane](std::size_t count_max) { return claim(lane, count_max); },
                    .start = [this](domain::ClaimedJob claimed) { start(std::move(claimed)); }};
  lanes_.push_back(std::make_unique<Lane>(home(), lane, options.concurrency, std::move(calls)));
  show_slots(*lanes_.back());
}

void Worker::State::open() {
  schedule_heartbeat();
  schedule_poll();
  wake_all();
}

void Worker::State::wake(domain::JobLane lane) {
  for (const auto& each : lanes_) {
    if (each->lane() == lane) each->wake();
  }
}

void Worker::State::wake_all() {
  for (const auto& lane : lanes_) lane->wake();
}

void Worker::State::close(std::function<void()> idle) {
  is_closed_ = true;
  idle_ = std::move(idle);
  for (const auto& lane : lanes_) lane->close();
  const bool has_long = std::ranges::any_of(
      active_, [this](const auto& each) { return is_long(each.second.claimed); });
  if (has_long) spawn_upkeep([this] { give_back(&State::is_long); });
  tell_if_idle();
}

void Worker::State::abandon() { give_back(&State::is_any); }

bool Worker::State::is_long(const domain::ClaimedJob& claimed) const {
  return parts_.handlers.find(claimed.job.kind)->is_long;
}

void Worker::State::give_back(bool (State::*is_meant)(const domain::ClaimedJob&) const) {
  std::vector<domain::JobRunKey> keys;
  for (const auto& [key, active] : active_) {
    if ((this->*is_meant)(active.claimed)) keys.push_back(key);
  }
  for (const domain::JobRunKey& key : keys) active_.erase(key);  // no heartbeat takes them back
  if (!keys.empty()) static_cast<void>(parts_.store.give_back(store_context(), keys));
}

Lane& Worker::State::lane_of(domain::JobLane lane) {
  return **std::ranges::find(lanes_, lane, [](const auto& each) { return each->lane(); });
}

void Worker::State::show_slots(const Lane& lane) {
  parts_.instruments.metrics.slots(lane.lane(), lane.busy(), lane.idle());
}

domain::Result<std::vector<domain::ClaimedJob>> Worker::State::claim(domain::JobLane lane,
                                                                     std::size_t count_max) {
  return parts_.store.claim(store_context(), {.lane = lane,
                                              .kinds = parts_.handlers.kinds(),
                                              .worker = options_.name,
                                              .count_max = count_max,
                                              .owner_count_max = lane_of(lane).owner_share()});
}

void Worker::State::start(domain::ClaimedJob claimed) {
  const HandlerEntry* const entry = parts_.handlers.find(claimed.job.kind);
  const net::TimePoint now = Clock::now();
  const net::TimePoint renewed_until = now + entry->run_time_max + claimed.lease;
  running_.fetch_add(1, std::memory_order_relaxed);
  show_slots(lane_of(claimed.job.lane));
  const domain::JobRunKey key = claimed.key;
  const Active& active =
      active_.insert_or_assign(key, Active{std::move(claimed), now, renewed_until}).first->second;
  // It was claimed while the worker was told to stop.
  if (is_closed_) return refuse(active.claimed);
  const std::size_t index = next_loop_++ % parts_.loops.size();
  run_on(parts_.loops[index], *finishers_[index], active.claimed);
}

void Worker::State::run_on(net::EventLoop& loop, Finisher& finisher,
                           const domain::ClaimedJob& claimed) {
  loop.post([self = shared_from_this(), &loop, &finisher, claimed] {
    const bool is_started =
        loop.spawn([self, &finisher, claimed] { self->run(finisher, claimed); });
    if (!is_started) self->home().post([self, claimed] { self->refuse(claimed); });
  });
}

void Worker::State::run(Finisher& finisher, const domain::ClaimedJob& claimed) {
  const RunParts parts{parts_.store, finisher, parts_.instruments, options_.backoff};
  Run(parts, claimed, *parts_.handlers.find(claimed.job.kind)).execute();
  home().post([self = shared_from_this(), key = claimed.key, lane = claimed.job.lane] {
    self->ended(key, lane);
  });
}

void Worker::State::ended(const domain::JobRunKey& key, domain::JobLane lane) {
  active_.erase(key);
  running_.fetch_sub(1, std::memory_order_relaxed);
  lane_of(lane).ended();
  show_slots(lane_of(lane));
  tell_if_idle();
}

/// Its place stays taken until the next poll, or it would come back at once.
void Worker::State::refuse(const domain::ClaimedJob& claimed) {
  const auto self = shared_from_this();
  const auto free_place = [self, key = claimed.key, lane = claimed.job.lane] {
    self->ended(key, lane);
  };
  const bool is_started = home().spawn([self, claimed, free_place] {
    static_cast<void>(self->parts_.store.give_back(store_context(), {&claimed.key, 1}));
    if (self->is_closed_) free_place();
  });
  if (!is_started || !is_closed_) {
    home().call_at(Clock::now() + options_.poll_interval, free_place);
  }
}

void Worker::State::tell_if_idle() {
  const bool is_claiming =
      std::ranges::any_of(lanes_, [](const auto& lane) { return lane->is_claiming(); });
  const bool is_idle = active_.empty() && upkeeps_ == 0 && !is_claiming;
  if (idle_ && is_closed_ && is_idle) std::exchange(idle_, nullptr)();
}

/// False when no fiber is free. What runs then is waited for when the worker stops.
bool Worker::State::spawn_upkeep(const std::function<void()>& body) {
  ++upkeeps_;
  const bool is_started = home().spawn([self = shared_from_this(), body] {
    body();
    --self->upkeeps_;
    self->tell_if_idle();
  });
  if (!is_started) --upkeeps_;
  return is_started;
}

void Worker::State::schedule_heartbeat() {
  if (is_closed_ && active_.empty() && !idle_) return;
  home().call_at(Clock::now() + kHeartbeat, [self = shared_from_this()] {
    const bool is_started = self->spawn_upkeep([self] {
      self->renew();
      self->schedule_heartbeat();
    });
    if (!is_started) self->schedule_heartbeat();
  });
}

void Worker::State::renew() {
  tell_if_idle();
  const net::TimePoint now = Clock::now();
  const std::vector<domain::JobRunKey> keys = due_for_renewal(now);
  if (keys.empty() || !parts_.store.renew(store_context(), keys)) return;
  for (const domain::JobRunKey& key : keys) {
    const auto found = active_.find(key);
    if (found != active_.end()) found->second.renewed_at = now;
  }
}

std::vector<domain::JobRunKey> Worker::State::due_for_renewal(net::TimePoint now) const {
  std::vector<domain::JobRunKey> keys;
  for (const auto& [key, active] : active_) {
    const bool is_due = now - active.renewed_at >= active.claimed.lease / 3;
    if (is_due && now < active.renewed_until) keys.push_back(key);
  }
  return keys;
}

void Worker::State::schedule_poll() {
  if (is_closed_) return;
  home().call_at(Clock::now() + options_.poll_interval, [self = shared_from_this()] {
    const bool is_started = self->is_closed_ || self->spawn_upkeep([self] {
      self->poll();
      self->schedule_poll();
    });
    if (!is_started) self->schedule_poll();
  });
}

void Worker::State::poll() {
  std::size_t moved = kPromotedMax;
  while (moved == kPromotedMax && !is_closed_) {
    const auto promoted = parts_.store.promote(store_context(), kPromotedMax);
    moved = promoted ? *promoted : 0;
  }
  if (is_closed_) return;
  recover();
  wake_all();
}

void Worker::State::recover() {
  const auto lost = parts_.store.recover(store_context(), kRecoveredMax);
  if (!lost) return;  // storage has counted and logged it; the next poll tries again
  for (const domain::LostJob& each : *lost) tell_lost(each);
}

void Worker::State::tell_lost(const domain::LostJob& lost) {
  const domain::Job& job = lost.job;
  parts_.instruments.metrics.ended(job.kind, Outcome::kLost);
  if (lost.is_failed) parts_.instruments.metrics.dead_lettered(job.kind);
  const auto& event = lost.is_failed ? log_events::kJobFailed : log_events::kJobLost;
  parts_.instruments.log.write(event, {.correlation_id = job.correlation_id},
                               {{kJobId, job.id.to_string()},
                                {kJobKind, job.kind},
                                {kJobLane, domain::name_of(job.lane)},
                                {kJobAttempt, job.attempt},
                                {kJobAttemptsMax, job.attempts_max},
                                {kJobWorker, lost.worker},
                                {kErrorType, "lost"}});
}

}  // namespace vigie::jobs
