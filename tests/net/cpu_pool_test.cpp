#include "server/net/cpu_pool.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/domain/caller.hpp"
#include "server/net/runtime.hpp"
#include "server/net/waiting.hpp"

namespace vigie::net {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TimePoint in(Clock::duration delay) { return Clock::now() + delay; }

class CpuPools : public ::testing::Test {
 protected:
  /// Occupies the pool's only thread until `release_` is set.
  void occupy(CpuPool& pool) {
    runtime_.loop(0).post([this, &pool] {
      EventLoop::current()->spawn(
          [this, &pool] { pool.run([gate = gate_] { gate.wait(); }, in(1h)); });
    });
    while (pool.load().busy == 0) std::this_thread::yield();
  }

  Runtime runtime_{{.reactor_count = 1}};
  std::promise<void> release_;
  std::shared_future<void> gate_ = release_.get_future().share();
};

TEST_F(CpuPools, RunsWorkOnItsOwnThread) {
  const auto pool = make_cpu_pool("pool", 1, 4);
  std::thread::id ran_on;
  std::thread::id called_from;
  CpuPool::Outcome outcome{};
  run_on_fiber(runtime_, 0, [&] {
    called_from = std::this_thread::get_id();
    outcome = pool->run([&] { ran_on = std::this_thread::get_id(); }, in(5s));
  });
  EXPECT_EQ(outcome, CpuPool::Outcome::kDone);
  EXPECT_NE(ran_on, called_from);
}

TEST_F(CpuPools, RethrowsWhatTheWorkThrows) {
  const auto pool = make_cpu_pool("pool", 1, 4);
  EXPECT_THROW(
      run_on_fiber(runtime_, 0, [&] { pool->run([] { throw std::logic_error("work"); }, in(5s)); }),
      std::logic_error);
}

TEST_F(CpuPools, AFullQueueRefusesAtOnce) {
  const auto pool = make_cpu_pool("pool", 1, 0);
  occupy(*pool);
  CpuPool::Outcome outcome{};
  run_on_fiber(runtime_, 0, [&] { outcome = pool->run([] {}, in(5s)); });
  EXPECT_EQ(outcome, CpuPool::Outcome::kRefused);
  release_.set_value();
}

TEST_F(CpuPools, ADeadlineEndsTheWaitNotTheWork) {
  const auto pool = make_cpu_pool("pool", 1, 4);
  occupy(*pool);
  auto has_run = std::make_shared<std::promise<void>>();
  CpuPool::Outcome outcome{};
  run_on_fiber(runtime_, 0,
               [&] { outcome = pool->run([has_run] { has_run->set_value(); }, in(10ms)); });
  EXPECT_EQ(outcome, CpuPool::Outcome::kTimedOut);
  EXPECT_EQ(pool->load().queued, 1u);
  release_.set_value();
  EXPECT_EQ(has_run->get_future().wait_for(5s), std::future_status::ready);
}

TEST_F(CpuPools, ServesWhoComesAfterManyOfAnotherCallerNext) {
  const auto pool = make_cpu_pool("pool", 1, 16);
  occupy(*pool);
  const auto greedy = domain::Caller::of_address("192.0.2.1");
  const auto other = domain::Caller::of_address("192.0.2.2");
  auto served = std::make_shared<std::vector<std::string>>();
  const auto enqueue = [&](const std::string& name, const domain::Caller& caller) {
    EventLoop::current()->spawn(
        [&, name, caller] { pool->run([=] { served->push_back(name); }, in(5s), caller); });
  };
  run_on_fiber(runtime_, 0, [&] {
    for (int i = 0; i < 8; ++i) enqueue("greedy", greedy);
    enqueue("other", other);
    release_.set_value();
    pool->run([] {}, in(5s), greedy);  // its last
  });
  ASSERT_EQ(served->size(), 9U);
  EXPECT_EQ(served->at(0), "greedy");
  EXPECT_EQ(served->at(1), "other");
}

TEST_F(CpuPools, DestructionSkipsWhatIsQueued) {
  auto pool = make_cpu_pool("pool", 1, 4);
  occupy(*pool);
  std::promise<CpuPool::Outcome> outcome;
  runtime_.loop(0).post(
      [&] { EventLoop::current()->spawn([&] { outcome.set_value(pool->run([] {}, in(1h))); }); });
  run_on_fiber(runtime_, 0, [] {});
  CpuPool& dying = *pool;
  std::thread releases([&] {
    while (dying.load().queued != 0) std::this_thread::yield();
    release_.set_value();
  });
  pool.reset();
  releases.join();
  EXPECT_EQ(outcome.get_future().get(), CpuPool::Outcome::kTimedOut);
}

TEST_F(CpuPools, LetNobodyWaitWhoHoldsWhatIsScarce) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto pool = make_cpu_pool("pool", 1, 4);
  EXPECT_DEBUG_DEATH(run_on_fiber(runtime_, 0,
                                  [&] {
                                    const ScarceHold held;
                                    pool->run([] {}, in(5s));
                                  }),
                     "holds_scarce");
}

TEST_F(CpuPools, AHoldIsOfItsFiberAlone) {
  const auto pool = make_cpu_pool("pool", 1, 4);
  bool is_held = false;
  CpuPool::Outcome of_other{};
  CpuPool::Outcome of_same{};
  run_on_fiber(runtime_, 0, [&] {
    {
      const ScarceHold held;
      is_held = holds_scarce();
      EventLoop::current()->spawn([&] { of_other = pool->run([] {}, in(5s)); });
      sleep_until(in(20ms));  // the other one gets its answer meanwhile
    }
    of_same = pool->run([] {}, in(5s));
  });
  EXPECT_TRUE(is_held);
  EXPECT_EQ(of_other, CpuPool::Outcome::kDone);
  EXPECT_EQ(of_same, CpuPool::Outcome::kDone);
}

}  // namespace
}  // namespace vigie::net
