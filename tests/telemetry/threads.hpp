#pragma once

#include <functional>
#include <thread>
#include <vector>

namespace vigie::telemetry {

/// Runs `body` in `count` threads at once.
inline std::vector<std::jthread> start_threads(std::size_t count,
                                               const std::function<void()>& body) {
  std::vector<std::jthread> threads;
  threads.reserve(count);
  for (std::size_t i = 0; i < count; ++i) threads.emplace_back(body);
  return threads;
}

/// The same, to their end.
inline void run_in_threads(std::size_t count, const std::function<void()>& body) {
  start_threads(count, body);
}

}  // namespace vigie::telemetry
