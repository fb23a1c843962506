#include "server/net/loop_lag.hpp"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "server/net/waiting.hpp"

namespace vigie::net {
namespace {

using Clock = std::chrono::steady_clock;

// Missed ticks that are observed one by one; a process that was frozen for longer says so with
// these.
constexpr int kMissedMax = 600;

}  // namespace

struct LoopLag::Loop {
  EventLoop* loop = nullptr;
  std::atomic<Clock::rep> due{0};  // of the next tick
};

struct LoopLag::State {
  State(std::size_t size, std::function<void(Seconds)> observed)
      : loops(size), observe(std::move(observed)) {}

  std::vector<Loop> loops;
  std::function<void(Seconds)> observe;
};

LoopLag::LoopLag(Runtime& runtime, std::function<void(Seconds)> observe)
    : state_(std::make_shared<State>(runtime.size(), std::move(observe))) {
  const Clock::time_point first = Clock::now() + kTick;
  for (std::size_t index = 0; index < runtime.size(); ++index) {
    Loop& loop = state_->loops[index];
    loop.loop = &runtime.loop(index);
    loop.due = first.time_since_epoch().count();
    loop.loop->post([state = state_, index, first] {
      state->loops[index].loop->call_at(first, [state, index] { tick(state, index); });
    });
  }
}

void LoopLag::tick(const std::shared_ptr<State>& state, std::size_t index) {
  Loop& loop = state->loops[index];
  const Clock::time_point now = Clock::now();
  Clock::time_point due{Clock::duration(loop.due.load(std::memory_order_relaxed))};
  for (int ticks = 0; due <= now && ticks < kMissedMax; ++ticks, due += kTick) {
    state->observe(now - due);
  }
  due = std::max(due, now);
  loop.due.store(due.time_since_epoch().count(), std::memory_order_relaxed);
  loop.loop->call_at(due, [state, index] { tick(state, index); });
}

LoopLag::Seconds LoopLag::overdue() const {
  const Clock::rep now = Clock::now().time_since_epoch().count();
  Clock::rep most = 0;
  for (const Loop& loop : state_->loops) {
    most = std::max(most, now - loop.due.load(std::memory_order_relaxed));
  }
  return Clock::duration(most);
}

}  // namespace vigie::net
