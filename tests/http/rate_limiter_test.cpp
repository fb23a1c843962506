#include "server/http/rate_limiter.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace vigie::http {
namespace {

using namespace std::chrono_literals;

constexpr RatePolicy kTenInASecond{.name = "test", .quota = 10, .window = 1s};
const RateLimiter::TimePoint kStart{1000s};

TEST(RateLimiter, AllowsTheQuotaAtOnceThenRefills) {
  RateLimiter limiter(kTenInASecond);
  const auto key = limiter.key_of("someone");
  for (int i = 9; i >= 0; --i) EXPECT_EQ(limiter.take(key, kStart).remaining, i);
  const auto refused = limiter.take(key, kStart);
  EXPECT_FALSE(refused.is_allowed);
  EXPECT_EQ(refused.retry_after_s, 1);
  EXPECT_EQ(refused.reset_s, 1);
  EXPECT_TRUE(limiter.take(key, kStart + 100ms).is_allowed);
  EXPECT_FALSE(limiter.take(key, kStart + 100ms).is_allowed);
  EXPECT_EQ(limiter.take(key, kStart + 2s).remaining, 9);
}

TEST(RateLimiter, RefusalsCostNothing) {
  RateLimiter limiter(kTenInASecond);
  const auto key = limiter.key_of("someone");
  for (int i = 0; i < 1000; ++i) (void)limiter.take(key, kStart);
  EXPECT_TRUE(limiter.take(key, kStart + 100ms).is_allowed);
}

TEST(RateLimiter, KeepsCallersApart) {
  RateLimiter limiter(kTenInASecond);
  for (int i = 0; i < 10; ++i) (void)limiter.take(limiter.key_of("a"), kStart);
  EXPECT_FALSE(limiter.take(limiter.key_of("a"), kStart).is_allowed);
  EXPECT_TRUE(limiter.take(limiter.key_of("b"), kStart).is_allowed);
}

TEST(RateLimiter, AFloodOfKeysDoesNotRefillAnEmptiedBucket) {
  RateLimiter limiter(kTenInASecond);
  const auto key = limiter.key_of("someone");
  for (int i = 0; i < 10; ++i) (void)limiter.take(key, kStart);
  for (int i = 0; i < 100'000; ++i) {
    (void)limiter.take(limiter.key_of("stranger " + std::to_string(i)), kStart);
  }
  EXPECT_FALSE(limiter.take(key, kStart).is_allowed);
}

TEST(RateLimiter, CountsExactlyUnderConcurrency) {
  RateLimiter limiter({.name = "test", .quota = 1000, .window = 1h});
  const auto key = limiter.key_of("someone");
  std::atomic<int> allowed{0};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) allowed += limiter.take(key, kStart).is_allowed ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(allowed.load(), 1000);
}

TEST(RateLimiter, ZeroMeansNoLimit) {
  RateLimiter limiter({.name = "test"});
  EXPECT_TRUE(limiter.is_unlimited());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limiter.take(1, kStart).is_allowed);
}

TEST(AddressOfClient, OfIpv6IsTheNetwork) {
  std::array<char, 16> a, b, c;
  EXPECT_EQ(address_of_client("192.0.2.1", a), "192.0.2.1");
  EXPECT_EQ(address_of_client("2001:db8:1:2::1", a), address_of_client("2001:db8:1:2:ffff::9", b));
  EXPECT_NE(address_of_client("2001:db8:1:2::1", a), address_of_client("2001:db8:1:3::1", b));
  EXPECT_NE(address_of_client("::ffff:192.0.2.1", a), address_of_client("::ffff:192.0.2.2", c));
}

}  // namespace
}  // namespace vigie::http
