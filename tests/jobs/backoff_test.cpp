#include "server/jobs/backoff.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vigie::jobs {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, DoublesUpToItsLongestPause) {
  const Backoff backoff{.first = 5s, .max = 60s};
  EXPECT_EQ(backoff.ceiling(1), 5s);
  EXPECT_EQ(backoff.ceiling(2), 10s);
  EXPECT_EQ(backoff.ceiling(4), 40s);
  EXPECT_EQ(backoff.ceiling(5), 60s);
  EXPECT_EQ(backoff.ceiling(1'000'000), 60s);
}

TEST(Backoff, SpreadsPausesOverTheWholeTime) {
  const Backoff backoff{.first = 1000ms, .max = 60s};
  std::chrono::milliseconds least = 1h;
  std::chrono::milliseconds most = 0ms;
  for (int i = 0; i < 2000; ++i) {
    const auto pause = backoff.pause(1);
    ASSERT_GE(pause, 0ms);
    ASSERT_LE(pause, 1000ms);
    least = std::min(least, pause);
    most = std::max(most, pause);
  }
  EXPECT_LT(least, 50ms);
  EXPECT_GT(most, 950ms);
}

}  // namespace
}  // namespace vigie::jobs
