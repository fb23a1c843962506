#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"

namespace vigie::blob {

/// Why the pool did not do it: kOverloaded or kDeadlineExceeded.
domain::Error not_done(net::CpuPool::Outcome outcome);

/// Runs `work`, which returns a Result, on the pool while the fiber waits, if there is time left.
/// It may end after the wait has: it owns, or shares, all it touches.
template <typename Work>
std::invoke_result_t<Work> offload(net::CpuPool& pool, net::TimePoint deadline, Work work) {
  if (std::chrono::steady_clock::now() >= deadline) {
    return not_done(net::CpuPool::Outcome::kTimedOut);
  }
  const auto result = std::make_shared<std::optional<std::invoke_result_t<Work>>>();
  const auto outcome =
      pool.run([result, work = std::move(work)]() mutable { result->emplace(work()); }, deadline);
  if (outcome != net::CpuPool::Outcome::kDone) return not_done(outcome);
  return std::move(**result);
}

}  // namespace vigie::blob
