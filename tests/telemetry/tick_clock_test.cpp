#include "telemetry/tick_clock.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

TEST(TickClock, NeverGoesBack) {
  const TickClock clock;
  const auto threads = start_threads(2, [&clock] {
    std::uint64_t last = 0;
    for (int i = 0; i < 200'000; ++i) {
      const std::uint64_t now = clock.monotonic_ns();
      ASSERT_GE(now, last);
      last = now;
    }
  });
}

TEST(TickClock, RunsLikeTheKernelsClock) {
  const SystemClock system;
  const TickClock clock;
  const std::uint64_t system_start = system.monotonic_ns();
  const std::uint64_t start = clock.monotonic_ns();
  while (system.monotonic_ns() - system_start < 50'000'000) {
  }
  const auto elapsed = static_cast<double>(clock.monotonic_ns() - start);
  // Wide enough for a machine with other work.
  EXPECT_NEAR(elapsed / static_cast<double>(system.monotonic_ns() - system_start), 1, 0.05);
}

TEST(TickClock, StillCountsAfterACheckIfItDid) {
  const TickClock clock;
  const bool is_counting = clock.is_counting();
  clock.check();
  EXPECT_EQ(clock.is_counting(), is_counting);
  RecordProperty("is_counting", is_counting);
}

TEST(TickClock, TellsUtcAsTheSystemDoes) {
  const TickClock clock;
  const std::uint64_t before = SystemClock().utc_ns();
  const std::uint64_t now = clock.utc_ns();
  EXPECT_GE(now, before);
  EXPECT_LE(now, SystemClock().utc_ns());
}

}  // namespace
}  // namespace vigie::telemetry
