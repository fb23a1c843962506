#pragma once

#include <atomic>
#include <chrono>

#include "telemetry/clock.hpp"

namespace vigie::fakes {

/// Stands still until it is moved, or moves by a step at each reading. Thread-safe.
class FakeTelemetryClock final : public telemetry::Clock {
 public:
  /// 2030-01-01T00:00:00Z.
  static constexpr std::uint64_t kStartUtcNs = 1'893'456'000'000'000'000U;

  explicit FakeTelemetryClock(std::uint64_t step_ns = 0) : step_ns_(step_ns) {}

  std::uint64_t monotonic_ns() const noexcept override { return elapsed_ns_.fetch_add(step_ns_); }
  std::uint64_t utc_ns() const noexcept override { return kStartUtcNs + elapsed_ns_.load(); }
  /// Of each reading from now on.
  void set_step(std::chrono::nanoseconds step) noexcept {
    step_ns_ = static_cast<std::uint64_t>(step.count());
  }
  void advance(std::uint64_t ns) noexcept { elapsed_ns_.fetch_add(ns); }

 private:
  std::atomic<std::uint64_t> step_ns_;
  mutable std::atomic<std::uint64_t> elapsed_ns_{1'000'000};
};

}  // namespace vigie::fakes
