#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "server/net/runtime.hpp"

namespace vigie::net {

/// Measures how late the loops of a runtime run what is due: every loop ticks at a fixed pace, and
/// a tick is late by whatever kept the loop busy, blocked, throttled or frozen. A request feels
/// that before any clock of its own starts. Thread-safe.
class LoopLag {
 public:
  using Seconds = std::chrono::duration<double>;

  static constexpr std::chrono::milliseconds kTick{100};

  /// Ticks until the runtime stops. `observe` is called on the loops' threads, once for each tick
  /// that was due, those that a blocked loop has missed included: the shares of a distribution are
  /// shares of time. It must outlive the loops.
  LoopLag(Runtime& runtime, std::function<void(Seconds)> observe);

  /// How far the loop that is most behind is behind now; a blocked loop observes nothing.
  Seconds overdue() const;

 private:
  struct Loop;
  struct State;

  static void tick(const std::shared_ptr<State>& state, std::size_t index);

  std::shared_ptr<State> state_;  // with the ticks that are due
};

}  // namespace vigie::net
