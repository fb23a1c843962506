#include "telemetry/clock.hpp"

#include <ctime>

namespace vigie::telemetry {
namespace {

std::uint64_t read(clockid_t id) noexcept {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(now.tv_nsec);
}

}  // namespace

std::uint64_t SystemClock::monotonic_ns() const noexcept { return read(CLOCK_MONOTONIC); }

std::uint64_t SystemClock::utc_ns() const noexcept { return read(CLOCK_REALTIME); }

}  // namespace vigie::telemetry
