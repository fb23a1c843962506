#include "server/net/loop_lag.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "server/net/runtime.hpp"

namespace vigie::net {
namespace {

using namespace std::chrono_literals;

/// What a runtime of one loop was late by. Declared before the runtime: it outlives the loops.
class Observed {
 public:
  void add(LoopLag::Seconds late) {
    const std::lock_guard lock(mutex_);
    late_.push_back(late.count());
    changed_.notify_all();
  }
  /// Waits until `count` ticks were observed.
  std::vector<double> first(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 30s, [&] { return late_.size() >= count; });
    return late_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<double> late_;  // guarded by mutex_
};

class ReactorLag : public ::testing::Test {
 protected:
  void block(std::chrono::milliseconds time) {
    runtime_.loop(0).post([time] { std::this_thread::sleep_for(time); });
  }

  Observed observed_;
  Runtime runtime_{{.reactor_count = 1, .fibers_max_per_reactor = 8}};
  LoopLag lag_{runtime_, [this](LoopLag::Seconds late) { observed_.add(late); }};
};

TEST_F(ReactorLag, AFreeLoopTicks) {
  const std::vector<double> late = observed_.first(5);
  ASSERT_GE(late.size(), 5u);
  // A timer runs up to a millisecond later; the machine adds what it adds.
  EXPECT_LT(*std::ranges::min_element(late), 0.05);
  EXPECT_GE(*std::ranges::min_element(late), 0.0);
}

TEST_F(ReactorLag, ABlockedLoopIsLateByTheTimeItWasBlocked) {
  block(1s);
  const std::vector<double> late = observed_.first(9);
  EXPECT_GE(*std::ranges::max_element(late), 0.85);
}

TEST_F(ReactorLag, MissedTicksCountToo) {
  block(1s);
  const std::vector<double> late = observed_.first(9);
  // Nine were due before the second was over: half of them are late by half a second or more.
  EXPECT_GE(std::ranges::count_if(late, [](double seconds) { return seconds >= 0.45; }), 4);
}

TEST_F(ReactorLag, WhatIsBlockedNowIsOverdue) {
  block(2s);
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (lag_.overdue() < 500ms && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_GE(lag_.overdue(), 500ms);
}

TEST_F(ReactorLag, ALoopThatCameRoundIsOverdueNoMore) {
  block(1s);
  observed_.first(9);
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (lag_.overdue() > 50ms && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::yield();
  }
  EXPECT_LE(lag_.overdue(), 50ms);
}

}  // namespace
}  // namespace vigie::net
