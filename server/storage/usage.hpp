#pragma once

#include <cstdint>
#include <utility>

#include "server/storage/pool_metrics.hpp"

namespace vigie::storage {

/// Keeps the gauges of idle and used connections right for one connection.
class Usage {
 public:
  enum class State : std::uint8_t { kClosed, kIdle, kUsed };

  explicit Usage(PoolMetrics& metrics) : metrics_(metrics) {}
  ~Usage() { set(State::kClosed); }
  Usage(const Usage&) = delete;
  Usage& operator=(const Usage&) = delete;

  State state() const noexcept { return state_; }
  void set(State state) noexcept {
    const State before = std::exchange(state_, state);
    if (before == state) return;
    count(before, -1);
    count(state, +1);
  }

 private:
  void count(State state, int change) noexcept {
    if (state == State::kIdle) metrics_.idle.add(change);
    if (state == State::kUsed) metrics_.used.add(change);
  }

  PoolMetrics& metrics_;
  State state_ = State::kClosed;
};

}  // namespace vigie::storage
