#include "server/net/waiting.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/net/runtime.hpp"
#include "server/net/timers.hpp"

namespace vigie::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TimePoint in(Clock::duration delay) { return Clock::now() + delay; }

TEST(Timers, ExpireInOrderAndOnlyWhenDue) {
  TimerQueue queue;
  std::vector<int> expired;
  std::vector<std::unique_ptr<Timer>> timers;
  const TimePoint start{};
  for (int i = 0; i < 100; ++i) {
    timers.push_back(std::make_unique<Timer>([&expired, i] { expired.push_back(i); }));
    queue.schedule(*timers.back(), start + std::chrono::seconds((i * 37) % 100));
  }
  for (int i = 0; i < 100; i += 2) queue.cancel(*timers[static_cast<std::size_t>(i)]);
  queue.expire(start + 49s);
  ASSERT_EQ(expired.size(), 25u);
  for (std::size_t i = 1; i < expired.size(); ++i) {
    EXPECT_LT((expired[i - 1] * 37) % 100, (expired[i] * 37) % 100);
  }
  queue.expire(start + 100s);
  EXPECT_EQ(expired.size(), 50u);
  EXPECT_TRUE(queue.empty());
}

TEST(Timers, MovingOneKeepsTheOrder) {
  TimerQueue queue;
  std::vector<int> expired;
  Timer first([&] { expired.push_back(1); });
  Timer second([&] { expired.push_back(2); });
  const TimePoint start{};
  queue.schedule(first, start + 1s);
  queue.schedule(second, start + 2s);
  queue.schedule(first, start + 3s);
  EXPECT_EQ(queue.next(), start + 2s);
  queue.expire(start + 3s);
  EXPECT_EQ(expired, (std::vector<int>{2, 1}));
}

TEST(Timers, OneThatReschedulesItselfInThePastDoesNotBlock) {
  TimerQueue queue;
  int runs = 0;
  Timer* self = nullptr;
  Timer timer([&] {
    ++runs;
    queue.schedule(*self, TimePoint{});
  });
  self = &timer;
  queue.schedule(timer, TimePoint{});
  queue.expire(TimePoint{} + 1s);
  EXPECT_EQ(runs, 1);
  queue.cancel(timer);
}

class Waiting : public ::testing::Test {
 protected:
  Runtime runtime_{{.reactor_count = 2, .fibers_max_per_reactor = 64}};
};

TEST_F(Waiting, ANotifyBeforeTheWaitIsKept) {
  Wake wake = Wake::kTimedOut;
  run_on_fiber(runtime_, 0, [&] {
    Parking parking;
    parking.notify();
    wake = parking.wait_until(in(10s));
  });
  EXPECT_EQ(wake, Wake::kNotified);
}

TEST_F(Waiting, ANotifyIsConsumedByItsWait) {
  std::array<Wake, 2> wakes{};
  run_on_fiber(runtime_, 0, [&] {
    Parking parking;
    parking.notify();
    wakes[0] = parking.wait_until(in(10s));
    wakes[1] = parking.wait_until(in(5ms));
  });
  EXPECT_EQ(wakes, (std::array{Wake::kNotified, Wake::kTimedOut}));
}

TEST_F(Waiting, ANotifyFromTheLoopWakesTheFiber) {
  Wake wake = Wake::kTimedOut;
  run_on_fiber(runtime_, 1, [&] {
    Parking parking;
    EventLoop::current()->post([&parking] { parking.notify(); });
    wake = parking.wait_until(in(10s));
  });
  EXPECT_EQ(wake, Wake::kNotified);
}

TEST_F(Waiting, OneFiberWakesAnother) {
  std::string order;
  run_on_fiber(runtime_, 0, [&] {
    Parking waits_for_child;
    EventLoop::current()->spawn([&] {
      order += "child ";
      sleep_until(in(2ms));
      order += "slept ";
      waits_for_child.notify();
      order += "notified ";
    });
    order += "parent ";
    waits_for_child.wait_until(in(10s));
    order += "woken";
  });
  EXPECT_EQ(order, "child parent slept notified woken");
}

TEST_F(Waiting, SleepsAreAccurateAndOthersRunMeanwhile) {
  constexpr int kSleepers = 50;
  std::atomic<int> slept{0};
  std::atomic<bool> is_early{false};
  std::atomic<int> accurate{0};
  std::promise<void> done;
  EventLoop& loop = runtime_.loop(0);
  loop.post([&] {
    for (int i = 0; i < kSleepers; ++i) {
      loop.spawn([&, i] {
        const TimePoint when = in(std::chrono::milliseconds(20 + i));
        sleep_until(when);
        const auto late = Clock::now() - when;
        if (late < 0ms) is_early = true;
        if (late < 100ms) ++accurate;
        if (++slept == kSleepers) done.set_value();
      });
    }
  });
  const auto began = Clock::now();
  ASSERT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
  EXPECT_FALSE(is_early);
  EXPECT_GT(accurate, kSleepers / 2);        // other work of the machine may hold up some
  EXPECT_LT(Clock::now() - began, 2'200ms);  // one after the other they sleep 2,225 ms
}

TEST_F(Waiting, TheBoundOfFibersRefusesAndRecovers) {
  std::atomic<int> started{0};
  std::atomic<int> refused{0};
  run_on_fiber(runtime_, 0, [&] {
    Parking never;
    for (int i = 0; i < 70; ++i) {
      const bool ok = EventLoop::current()->spawn([&started] {
        ++started;
        sleep_until(in(20ms));
      });
      if (!ok) ++refused;
    }
    sleep_until(in(200ms));
    EXPECT_TRUE(EventLoop::current()->spawn([] {}));
  });
  EXPECT_EQ(started, 63);  // this test's fiber is the sixty-fourth
  EXPECT_EQ(refused, 7);
}

TEST_F(Waiting, ExceptionsEndTheFiberTaskOrTimerAndNothingElse) {
  EventLoop& loop = runtime_.loop(0);
  loop.post([&] {
    loop.spawn([] { throw std::runtime_error("from a fiber"); });
    loop.spawn([] {
      sleep_until(in(1ms));
      throw 42;
    });
    loop.call_at(in(1ms), [] { throw 43; });
    loop.at_turn_end([] { throw 44; });
    throw std::runtime_error("from a task");
  });
  run_on_fiber(runtime_, 0, [] { sleep_until(in(30ms)); });
  EXPECT_EQ(runtime_.uncaught_exceptions(), 5u);
  EXPECT_THROW(run_on_fiber(runtime_, 0, [] { throw std::logic_error("seen"); }), std::logic_error);
}

TEST_F(Waiting, WatchedDescriptorsAreReportedUntilUnwatched) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  int calls = 0;
  run_on_fiber(runtime_, 0, [&] {
    EventLoop& loop = *EventLoop::current();
    Parking parking;
    loop.watch(pipe_ends[0], {.readable = true}, [&](Readiness readiness) {
      EXPECT_TRUE(readiness.readable);
      ++calls;
      if (calls == 3) loop.unwatch(pipe_ends[0]);  // level-triggered: called until then
      parking.notify();
    });
    ASSERT_EQ(::write(pipe_ends[1], "x", 1), 1);
    while (calls < 3) parking.wait_until(in(5s));
    EXPECT_EQ(parking.wait_until(in(20ms)), Wake::kTimedOut);
  });
  EXPECT_EQ(calls, 3);
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_F(Waiting, ADescriptorThatWasClosedUnderTheWatchCanBeUnwatchedAndItsNumberUsedAgain) {
  run_on_fiber(runtime_, 0, [] {
    EventLoop& loop = *EventLoop::current();
    std::array<int, 2> first{};
    std::array<int, 2> second{};
    ASSERT_EQ(::pipe(first.data()), 0);
    loop.watch(first[0], {.readable = true}, [](Readiness) {});
    ::close(first[0]);
    loop.unwatch(first[0]);
    ASSERT_EQ(::pipe(second.data()), 0);
    ASSERT_EQ(second[0], first[0]);
    Parking parking;
    loop.watch(second[0], {.readable = true}, [&](Readiness) { parking.notify(); });
    ASSERT_EQ(::write(second[1], "x", 1), 1);
    EXPECT_EQ(parking.wait_until(in(5s)), Wake::kNotified);
    loop.unwatch(second[0]);
    for (const int fd : {first[1], second[0], second[1]}) ::close(fd);
  });
}

TEST_F(Waiting, WatchingAgainReplacesInterestAndCallback) {
  std::array<int, 2> pipe_ends{};
  ASSERT_EQ(::pipe(pipe_ends.data()), 0);
  std::string called;
  run_on_fiber(runtime_, 0, [&] {
    EventLoop& loop = *EventLoop::current();
    Parking parking;
    loop.watch(pipe_ends[1], {.readable = true}, [&](Readiness) { called += "old "; });
    loop.watch(pipe_ends[1], {.writable = true}, [&](Readiness) {
      called += "new ";
      loop.unwatch(pipe_ends[1]);
      parking.notify();
    });
    parking.wait_until(in(5s));
  });
  EXPECT_EQ(called, "new ");
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
}

TEST_F(Waiting, ACancelledTimerDoesNotFire) {
  bool has_fired = false;
  run_on_fiber(runtime_, 0, [&] {
    EventLoop& loop = *EventLoop::current();
    loop.cancel(loop.call_at(in(5ms), [&] { has_fired = true; }));
    loop.cancel(12345);
    sleep_until(in(20ms));
  });
  EXPECT_FALSE(has_fired);
}

TEST_F(Waiting, TurnEndTasksRunOnceAfterTheBatch) {
  std::string order;
  run_on_fiber(runtime_, 0, [&] {
    Parking parking;
    EventLoop::current()->post([&] {
      EventLoop::current()->at_turn_end([&] {
        order += "end";
        parking.notify();
      });
      order += "task ";
    });
    parking.wait_until(in(5s));
  });
  EXPECT_EQ(order, "task end");
}

TEST(RuntimeStop, EndsWaitsAndJoins) {
  Runtime runtime({.reactor_count = 1});
  std::atomic<int> woken{0};
  runtime.loop(0).post([&] {
    for (int i = 0; i < 10; ++i) {
      EventLoop::current()->spawn([&woken] {
        Parking never;
        while (never.wait_until(in(1h)) != Wake::kTimedOut) {
        }
        ++woken;
      });
    }
  });
  run_on_fiber(runtime, 0, [] {});
  const auto began = Clock::now();
  runtime.stop();
  EXPECT_EQ(woken, 10);
  EXPECT_LT(Clock::now() - began, 10s);  // of the hour
  EXPECT_FALSE(runtime.loop(0).post([] {}));
}

TEST(RuntimeStop, IdleReactorsUseNoCpu) {
  Runtime runtime({.reactor_count = 2});
  run_on_fiber(runtime, 0, [] {});
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(500ms);  // the subject of the test: nothing happens
  EXPECT_LT(std::clock() - before, CLOCKS_PER_SEC / 50);
}

}  // namespace
}  // namespace vigie::net
