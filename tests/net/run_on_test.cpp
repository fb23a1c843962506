#include "server/net/run_on.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <utility>

#include "server/net/runtime.hpp"

namespace vigie::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TimePoint in(Clock::duration delay) { return Clock::now() + delay; }

class RunOn : public ::testing::Test {
 protected:
  Runtime runtime_{{.reactor_count = 2, .fibers_max_per_reactor = 2}};
  EventLoop& loop_ = runtime_.loop(1);
};

TEST_F(RunOn, TheTaskHasRunOnTheLoop) {
  EventLoop* ran_on = nullptr;
  EXPECT_TRUE(run_on(loop_, [&] { ran_on = EventLoop::current(); }));
  EXPECT_EQ(ran_on, &loop_);
  EXPECT_EQ(EventLoop::current(), nullptr);
}

TEST_F(RunOn, WhatWasBegunIsWaitedForUntilItIsDone) {
  std::atomic<bool> is_done = false;
  const auto begin = [&](const Done& done) {
    loop_.call_at(in(20ms), [&is_done, done] {
      is_done = true;
      done();
    });
  };
  EXPECT_EQ(begin_on(loop_, begin), RunOutcome::kDone);
  EXPECT_TRUE(is_done);
}

TEST_F(RunOn, TheDeadlineEndsTheWaitAndALateEndHarmsNobody) {
  Done late;
  EXPECT_EQ(begin_on(
                loop_, [&late](Done done) { late = std::move(done); }, in(20ms)),
            RunOutcome::kTimedOut);
  EXPECT_TRUE(run_on(loop_, [&late] { std::exchange(late, {})(); }));
}

TEST_F(RunOn, AStoppedLoopRunsNothing) {
  runtime_.stop();
  bool has_run = false;
  EXPECT_FALSE(run_on(loop_, [&] { has_run = true; }));
  EXPECT_EQ(begin_on(loop_, [&](const Done&) { has_run = true; }), RunOutcome::kStopped);
  EXPECT_FALSE(has_run);
  close_on(loop_, [&] { has_run = true; });
  EXPECT_TRUE(has_run) << "what is closed is closed here";
}

TEST_F(RunOn, WhatWillNeverBeDoneIsToldFromWhatTakesLong) {
  EXPECT_EQ(begin_on(loop_, [](const Done&) {}), RunOutcome::kStopped);
}

/// A loop always has one more task here: one of them is posted, and never run.
TEST(LoopStop, LetsGoOfWhatItNeverRan) {
  Runtime runtime({.reactor_count = 1});
  EventLoop& loop = runtime.loop(0);
  auto token = std::make_shared<int>();
  const std::weak_ptr<int> held = token;
  std::function<void()> again = [&loop, &again, token] {
    loop.post([&again, kept = token] { again(); });
  };
  token.reset();
  ASSERT_TRUE(run_on(loop, again));
  runtime.stop();
  again = nullptr;
  EXPECT_TRUE(held.expired());
}

TEST_F(RunOn, ClosingWaitsForTheEndOfTheTurn) {
  bool has_ended = false;
  close_on(loop_, [&] { loop_.at_turn_end([&] { has_ended = true; }); });
  EXPECT_TRUE(has_ended);
}

TEST_F(RunOn, AFiberCallsAFiberOfAnotherLoop) {
  EventLoop* called_on = nullptr;
  bool was_on_fiber = false;
  run_on_fiber(runtime_, 0, [&] {
    EventLoop* const home = EventLoop::current();
    const auto outcome = call_on_fiber(
        loop_,
        [&] {
          sleep_until(in(20ms));
          called_on = EventLoop::current();
          was_on_fiber = on_fiber();
        },
        in(20s));
    EXPECT_EQ(outcome, CallOutcome::kDone);
    EXPECT_EQ(EventLoop::current(), home);
  });
  EXPECT_EQ(called_on, &loop_);
  EXPECT_TRUE(was_on_fiber);
}

TEST_F(RunOn, ACallEndsAtItsDeadlineAndWithoutAFiberAtOnce) {
  const auto may_end = std::make_shared<std::atomic<bool>>(false);
  const auto slow = [may_end] {
    while (!*may_end) sleep_until(in(1ms));
  };
  run_on_fiber(runtime_, 0, [&] {
    EXPECT_EQ(call_on_fiber(loop_, slow, in(1ms)), CallOutcome::kTimedOut);
    EXPECT_EQ(call_on_fiber(loop_, slow, in(1ms)), CallOutcome::kTimedOut);
    EXPECT_EQ(call_on_fiber(
                  loop_, [] {}, in(20s)),
              CallOutcome::kNoFiber);
  });
  *may_end = true;
}

TEST_F(RunOn, ACallOfAStoppedLoopIsRefused) {
  Runtime stopped({.reactor_count = 1});
  stopped.stop();
  run_on_fiber(runtime_, 0, [&] {
    EXPECT_EQ(call_on_fiber(
                  stopped.loop(0), [] {}, in(20s)),
              CallOutcome::kStopped);
  });
}

TEST_F(RunOn, AFiberRunsForAThread) {
  EXPECT_THROW(run_on_fiber(runtime_, 1, [] { throw std::logic_error("seen"); }), std::logic_error);
  runtime_.stop();
  EXPECT_THROW(run_on_fiber(runtime_, 1, [] {}), std::runtime_error);
}

}  // namespace
}  // namespace vigie::net
