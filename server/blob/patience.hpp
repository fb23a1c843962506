#pragma once

#include <algorithm>
#include <chrono>
#include <type_traits>

#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"

namespace vigie::blob {

/// Tries again for a moment while the answer is kUploadBusy: a write whose caller has just left,
/// since its client did, holds the upload until the disk has taken it, and that client is back at
/// once.
template <typename Attempt>
std::invoke_result_t<Attempt> while_busy(net::TimePoint deadline, Attempt attempt) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kPause{10};
  const auto until = std::min(deadline, Clock::now() + std::chrono::milliseconds(200));
  while (true) {
    auto result = attempt();
    if (result || result.error().code != domain::Code::kUploadBusy) return result;
    if (!net::on_fiber() || Clock::now() >= until) return result;
    net::sleep_until(Clock::now() + kPause);
  }
}

}  // namespace vigie::blob
