#include "server/http/refusal_sampler.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace vigie::http {
namespace {

using namespace std::chrono_literals;
using TimePoint = RefusalSampler::TimePoint;

constexpr TimePoint kBegin = TimePoint{} + 1h;
constexpr std::string_view kLimited = "rate_limited";

TEST(RefusalSampler, TellsOfTheFirstOfEachSecondAndHowManyItLeftOut) {
  RefusalSampler sampler;
  EXPECT_TRUE(sampler.judge(kLimited, "192.0.2.1", kBegin).is_told);
  for (int i = 1; i < 1'000; ++i) {
    EXPECT_FALSE(sampler.judge(kLimited, "192.0.2.1", kBegin + i * 1ms).is_told);
  }
  const auto next = sampler.judge(kLimited, "192.0.2.1", kBegin + 1s);
  EXPECT_TRUE(next.is_told);
  EXPECT_EQ(next.suppressed, 999U);
  EXPECT_EQ(sampler.judge(kLimited, "192.0.2.1", kBegin + 2s).suppressed, 0U);
}

TEST(RefusalSampler, KeepsCodesAndAddressesApart) {
  RefusalSampler sampler;
  (void)sampler.judge(kLimited, "192.0.2.1", kBegin);
  EXPECT_TRUE(sampler.judge(kLimited, "192.0.2.2", kBegin).is_told);
  EXPECT_TRUE(sampler.judge("not_authenticated", "192.0.2.1", kBegin).is_told);
  EXPECT_TRUE(sampler.judge(kLimited, "", kBegin).is_told);
  EXPECT_FALSE(sampler.judge(kLimited, "192.0.2.1", kBegin).is_told);
}

TEST(RefusalSampler, TakesANetworkOfIpv6ForOneAddress) {
  RefusalSampler sampler;
  EXPECT_TRUE(sampler.judge(kLimited, "2001:db8::1", kBegin).is_told);
  EXPECT_FALSE(sampler.judge(kLimited, "2001:db8::2", kBegin).is_told);
}

TEST(RefusalSampler, LosesNoneWhenThereAreMoreThanItKeeps) {
  RefusalSampler sampler;
  constexpr std::uint64_t kRounds = 3;
  std::uint64_t told = 0;
  std::uint64_t suppressed = 0;
  std::uint64_t all = 0;
  const auto judge = [&](int host, TimePoint now) {
    const std::string network = "10.0." + std::to_string(host / 250) + ".";
    const std::string address = network + std::to_string(host % 250);
    const auto verdict = sampler.judge(kLimited, address, now);
    told += verdict.is_told ? 1 : 0;
    suppressed += verdict.suppressed;
    ++all;
  };
  for (int host = 0; host < 5'000; ++host) {
    for (std::uint64_t round = 0; round < kRounds; ++round) judge(host, kBegin + host * 1us);
  }
  // Others come long afterwards, as many as there are places in each stripe, and take them all.
  for (int host = 5'000; host < 15'000; ++host) judge(host, kBegin + 1h + host * 1us);
  EXPECT_EQ(told + suppressed, all);
  EXPECT_GE(suppressed, 5'000 * (kRounds - 1));
}

TEST(RefusalSampler, LosesNoneBetweenThreads) {
  RefusalSampler sampler;
  std::atomic<std::uint64_t> accounted{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) {
          const auto verdict = sampler.judge(kLimited, "192.0.2.1", kBegin + i * 1ms);
          accounted += (verdict.is_told ? 1 : 0) + verdict.suppressed;
        }
      });
    }
  }
  accounted += sampler.judge(kLimited, "192.0.2.1", kBegin + 1h).suppressed;
  EXPECT_EQ(accounted, 40'000U);
}

}  // namespace
}  // namespace vigie::http
