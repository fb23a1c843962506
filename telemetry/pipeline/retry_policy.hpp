#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace vigie::telemetry {

/// How long to wait before a batch is sent again: doubling, with jitter, so that the processes a
/// back end lost do not all come back in one instant.
struct RetryPolicy {
  std::chrono::milliseconds first{1000};
  std::chrono::milliseconds longest{30000};
  /// A back end that asks for more is asked again after this.
  std::chrono::milliseconds asked_longest{600000};

  /// `attempt` counts from 0; `random` is any random number. What the back end asked for is the
  /// least, and is not jittered.
  std::chrono::milliseconds delay(unsigned attempt, std::uint64_t random,
                                  std::optional<std::chrono::milliseconds> asked) const noexcept;
};

}  // namespace vigie::telemetry
