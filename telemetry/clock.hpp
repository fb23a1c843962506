#pragma once

#include <cstdint>

namespace vigie::telemetry {

/// The library's only source of time. Thread-safe, never fails.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Nanoseconds since an arbitrary instant; never goes back. For measuring.
  virtual std::uint64_t monotonic_ns() const noexcept = 0;
  /// Nanoseconds since 1970-01-01T00:00:00Z. For recording.
  virtual std::uint64_t utc_ns() const noexcept = 0;
  /// Called about once a second: a clock that was calibrated looks whether it still runs true.
  virtual void check() const noexcept {}
};

class SystemClock final : public Clock {
 public:
  std::uint64_t monotonic_ns() const noexcept override;
  std::uint64_t utc_ns() const noexcept override;
};

}  // namespace vigie::telemetry
