#include "server/app/relayed_job_desk.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "server/net/runtime.hpp"
#include "telemetry/trace.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/fakes/fake_job_desk.hpp"

namespace vigie::app {
namespace {

using namespace std::chrono_literals;
using domain::Code;
using domain::Context;
using domain::JobId;
using domain::JobState;
using Clock = std::chrono::steady_clock;

/// Notes where and for whom it is asked; `before_find` may wait.
class WatchedDesk : public fakes::FakeJobDesk {
 public:
  domain::Result<std::optional<domain::JobRecord>> find(const Context& context, JobId id) override {
    asked_on = net::EventLoop::current();
    is_on_fiber = net::on_fiber();
    correlation_id = context.correlation_id;
    deadline = context.deadline;
    has_trace = context.trace != nullptr;
    if (has_trace) trace_id = context.trace->trace_id();
    if (before_find) before_find();
    auto found = FakeJobDesk::find(context, id);
    ++answers;
    return found;
  }

  std::function<void()> before_find;
  net::EventLoop* asked_on = nullptr;
  bool is_on_fiber = false;
  bool has_trace = true;
  telemetry::TraceId trace_id;
  std::string correlation_id;
  net::TimePoint deadline{};
  std::atomic<int> answers = 0;
};

/// Loop 0 asks, loop 1 has the desk.
class RelayedJobDeskTest : public testing::Test {
 protected:
  /// Calls `body` on a fiber of loop 0.
  void ask(const std::function<void(const Context&)>& body, net::TimePoint deadline) {
    net::run_on_fiber(home_, 0, [&] {
      Context context;
      context.correlation_id = "operator-1";
      context.deadline = deadline;
      body(context);
    });
  }
  void ask(const std::function<void(const Context&)>& body) { ask(body, Clock::now() + 20s); }

  WatchedDesk desk_;
  net::Runtime home_{{.reactor_count = 1, .name = "home"}};
  net::Runtime away_{{.reactor_count = 1, .fibers_max_per_reactor = 2, .name = "away"}};
  fakes::CapturedTelemetry telemetry_;
  RelayedJobDesk relayed_{away_.loop(0), desk_, telemetry_.tracer};
};

TEST_F(RelayedJobDeskTest, AsksOnAFiberOfTheOtherLoopForTheSameCaller) {
  const JobId id = desk_.add("media.purge", JobState::kFailed);
  const net::TimePoint deadline = Clock::now() + 20s;
  ask(
      [&](const Context& context) {
        net::EventLoop* const home = net::EventLoop::current();
        const auto record = relayed_.find(context, id);
        EXPECT_TRUE(record.ok() && *record && (*record)->job.kind == "media.purge");
        EXPECT_EQ(net::EventLoop::current(), home);
      },
      deadline);
  EXPECT_EQ(desk_.asked_on, &away_.loop(0));
  EXPECT_TRUE(desk_.is_on_fiber);
  EXPECT_EQ(desk_.correlation_id, "operator-1");
  EXPECT_EQ(desk_.deadline, deadline);
  EXPECT_FALSE(desk_.has_trace);
}

TEST_F(RelayedJobDeskTest, SpansOfTheOtherLoopAreOfTheCallersTrace) {
  ask([&](const Context& caller) {
    telemetry::Trace trace(telemetry_.tracer, {});
    Context context;
    context.correlation_id = caller.correlation_id;
    context.deadline = caller.deadline;
    context.trace = &trace;
    EXPECT_TRUE(relayed_.find(context, {}).ok());
    EXPECT_TRUE(desk_.has_trace);
    EXPECT_EQ(desk_.trace_id, trace.trace_id());
  });
}

TEST_F(RelayedJobDeskTest, PassesEveryCallAndItsRefusal) {
  const JobId failed = desk_.add("media.purge", JobState::kFailed);
  const JobId running = desk_.add("media.purge", JobState::kRunning);
  ask([&](const Context& context) {
    const auto listed = relayed_.list(context, {.state = JobState::kFailed});
    ASSERT_TRUE(listed.ok());
    ASSERT_EQ(listed->size(), 1U);
    EXPECT_EQ(listed->front().job.id, failed);
    EXPECT_EQ(relayed_.counts(context)->size(), 2U);
    EXPECT_EQ(relayed_.release(context, running).error().message, "The job is running.");
    EXPECT_EQ(relayed_.release(context, failed)->state, JobState::kReady);
    EXPECT_EQ(relayed_.discard(context, failed)->job.id, failed);
    EXPECT_EQ(relayed_.discard(context, failed).error().code, Code::kNotFound);
  });
}

TEST_F(RelayedJobDeskTest, LeavesAtItsDeadlineAndALateAnswerHarmsNobody) {
  desk_.before_find = [] { net::sleep_until(Clock::now() + 200ms); };
  ask(
      [&](const Context& context) {
        EXPECT_EQ(relayed_.find(context, {}).error().code, Code::kDeadlineExceeded);
        EXPECT_EQ(desk_.answers, 0);
      },
      Clock::now() + 20ms);
  // The other fiber is at work still; a later call has an answer of its own.
  ask([&](const Context& context) {
    while (desk_.answers == 0) net::sleep_until(Clock::now() + 2ms);
    desk_.before_find = nullptr;
    EXPECT_FALSE(relayed_.find(context, {})->has_value());
  });
}

TEST_F(RelayedJobDeskTest, SaysThatTheOtherLoopIsFull) {
  std::atomic<bool> is_over = false;
  std::atomic<int> fibers = 0;
  const auto wait = [&] {
    ++fibers;
    while (!is_over) net::sleep_until(Clock::now() + 2ms);
    --fibers;
  };
  away_.loop(0).post([&] {
    while (away_.loop(0).spawn(wait)) {
    }
  });
  while (fibers < 2) std::this_thread::yield();
  ask([&](const Context& context) {
    EXPECT_EQ(relayed_.find(context, {}).error().code, Code::kOverloaded);
  });
  is_over = true;
  while (fibers > 0) std::this_thread::yield();
}

TEST_F(RelayedJobDeskTest, SaysThatTheOtherLoopHasStopped) {
  away_.stop();
  ask([&](const Context& context) {
    EXPECT_EQ(relayed_.find(context, {}).error().code, Code::kUnavailable);
  });
}

}  // namespace
}  // namespace vigie::app
