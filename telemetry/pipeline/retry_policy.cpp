#include "telemetry/pipeline/retry_policy.hpp"

#include <algorithm>

namespace vigie::telemetry {
namespace {

constexpr unsigned kDoublingsMax = 20;

}  // namespace

std::chrono::milliseconds RetryPolicy::delay(
    unsigned attempt, std::uint64_t random,
    std::optional<std::chrono::milliseconds> asked) const noexcept {
  const auto full =
      std::min(longest, first * (std::int64_t{1} << std::min(attempt, kDoublingsMax)));
  // Between half and the whole of it.
  const auto half = static_cast<std::uint64_t>(full.count() / 2);
  const auto jittered = std::chrono::milliseconds(half + random % (half + 1));
  return asked ? std::max(std::min(*asked, asked_longest), jittered) : jittered;
}

}  // namespace vigie::telemetry
