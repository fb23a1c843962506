#pragma once

#include <atomic>
#include <cstdint>

#include "telemetry/clock.hpp"

namespace vigie::telemetry {

/// The processor's tick counter, calibrated against CLOCK_MONOTONIC: half the cost of asking the
/// kernel, and two readings are most of what a span costs. Used only where the counter is invariant
/// and the kernel keeps its own time by it, which it does when the counters of all processors
/// agree; otherwise, and once it is found to run away (a machine that was moved), this is a
/// SystemClock. Runs true to some millionths: for durations, not for days.
class TickClock final : public Clock {
 public:
  /// Takes ten milliseconds where there is something to calibrate.
  TickClock();

  std::uint64_t monotonic_ns() const noexcept override;
  std::uint64_t utc_ns() const noexcept override { return system_.utc_ns(); }
  void check() const noexcept override;

  /// False when it asks the kernel.
  bool is_counting() const noexcept { return is_counting_.load(std::memory_order_relaxed); }

 private:
  void calibrate() noexcept;
  std::uint64_t ns_at(std::uint64_t ticks) const noexcept;

  SystemClock system_;
  std::uint64_t start_ticks_ = 0;
  std::uint64_t start_ns_ = 0;
  /// 2^-32 nanoseconds.
  std::uint64_t tick_length_ = 0;
  mutable std::atomic<bool> is_counting_{false};
};

}  // namespace vigie::telemetry
