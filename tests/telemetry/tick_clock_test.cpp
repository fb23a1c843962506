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

struct Reading {
  std::uint64_t system_ns = 0;
  std::uint64_t tick_ns = 0;
};

/// Of both clocks, with nothing in between that took long, as other work of the machine would.
Reading read_both(const SystemClock& system, const TickClock& clock) {
  while (true) {
    const Reading reading{system.monotonic_ns(), clock.monotonic_ns()};
    if (system.monotonic_ns() - reading.system_ns < 100'000) return reading;
  }
}

TEST(TickClock, RunsLikeTheKernelsClock) {
  const SystemClock system;
  const TickClock clock;
  const Reading start = read_both(system, clock);
  while (system.monotonic_ns() - start.system_ns < 50'000'000) {
  }
  const Reading end = read_both(system, clock);
  const auto elapsed = static_cast<double>(end.tick_ns - start.tick_ns);
  EXPECT_NEAR(elapsed / static_cast<double>(end.system_ns - start.system_ns), 1, 0.02);
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
