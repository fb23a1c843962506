#pragma once

#include <chrono>

namespace vigie::jobs {

/// Pauses before a job is tried again.
struct Backoff {
  /// The longest pause after the first failure; it doubles with each further one.
  std::chrono::milliseconds first{5'000};
  std::chrono::milliseconds max{3'600'000};

  /// After the run of that number, from 1: the longest pause.
  std::chrono::milliseconds ceiling(int attempt) const noexcept;
  /// Anything from nothing to the ceiling ("full jitter"): jobs that failed together, because what
  /// they need was away, do not come back together.
  std::chrono::milliseconds pause(int attempt) const;
};

}  // namespace vigie::jobs
