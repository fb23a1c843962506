#include "server/jobs/worker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "tests/jobs/job_fixture.hpp"

namespace vigie::jobs::testing {
namespace {

using domain::Code;
using domain::Context;
using domain::JobLane;
using domain::JobRun;
using domain::Result;

class WorkerTest : public JobsTest {
 protected:
  static WorkerOptions patient() {
    WorkerOptions options = quick();
    options.poll_interval = 60s;
    return options;
  }
};

TEST_F(WorkerTest, DoesAJobAsSoonAsItIsCommitted) {
  std::atomic<int> runs{0};
  handle("test.plain", [&](const Context&, JobRun&) -> Result<void> {
    ++runs;
    return {};
  });
  start(patient());
  listen();
  ASSERT_TRUE(eventually([&] {
    return query("SELECT count(*) FROM pg_stat_activity WHERE query = 'LISTEN jobs'") != "0";
  }));
  const auto id = enqueue({.kind = "test.plain"});
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
  EXPECT_EQ(runs, 1);
}

TEST_F(WorkerTest, FindsAJobThatItWasNotToldOf) {
  handle("test.plain", [](const Context&, JobRun&) { return Result<void>{}; });
  start();
  const auto id = enqueue({.kind = "test.plain"});
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
}

TEST_F(WorkerTest, DoesAJobOfTheFutureWhenItsTimeHasCome) {
  handle("test.plain", [](const Context&, JobRun&) { return Result<void>{}; });
  start();
  const auto soon = std::chrono::time_point_cast<std::chrono::microseconds>(
      std::chrono::system_clock::now() + 400ms);
  const auto began = Clock::now();
  const auto id = enqueue({.kind = "test.plain", .run_at = soon});
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
  EXPECT_GE(Clock::now() - began, 300ms);
}

TEST_F(WorkerTest, RunsNoMoreOfALaneAtOnceThanItMayAndDelaysNoOtherLane) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::atomic<bool> may_end{false};
  handle("test.slow", [&](const Context&, JobRun&) -> Result<void> {
    most = std::max(most.load(), ++running);
    wait_on_fiber([&] { return may_end.load(); });
    --running;
    return {};
  });
  handle("test.plain", [](const Context&, JobRun&) { return Result<void>{}; });
  start();
  for (int i = 0; i < 12; ++i) enqueue({.kind = "test.slow"});
  EXPECT_TRUE(eventually([&] { return running == 4; }));
  EXPECT_EQ(harness_.telemetry().metric(R"(vigie_job_slots{lane="high",state="busy"})"), "4");
  const auto other = enqueue({.kind = "test.plain", .lane = JobLane::kLow});
  EXPECT_TRUE(eventually([&] { return is_done(other); }));
  may_end = true;
  EXPECT_TRUE(eventually([&] { return count() == "0"; }));
  EXPECT_EQ(most, 4);
}

TEST_F(WorkerTest, TriesAgainUntilItSucceeds) {
  std::atomic<int> runs{0};
  handle("test.shaky", [&](const Context&, JobRun& run) -> Result<void> {
    EXPECT_EQ(run.job().attempt, ++runs);
    if (runs < 3) return domain::Error{.code = Code::kUnavailable, .detail = "not yet"};
    return {};
  });
  start();
  const auto id = enqueue({.kind = "test.shaky"});
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
  EXPECT_EQ(runs, 3);
}

TEST_F(WorkerTest, PutsAJobWithTheFailedOnesWhenItsAttemptsAreUsedUp) {
  std::atomic<int> runs{0};
  handle("test.broken", [&](const Context&, JobRun&) -> Result<void> {
    ++runs;
    throw std::runtime_error("no way");
  });
  start();
  const auto id = enqueue({.kind = "test.broken", .attempts_max = 3});
  EXPECT_TRUE(eventually([&] { return field(id, "state") == "failed"; }));
  EXPECT_EQ(field(id, "error_code || ':' || error_detail || ':' || attempt"), "internal:no way:3");
  EXPECT_EQ(runs, 3);
  std::this_thread::sleep_for(300ms);  // several polls: it is left alone
  EXPECT_EQ(runs, 3);
}

TEST_F(WorkerTest, DoesNotRepeatWhatCannotSucceed) {
  std::atomic<int> runs{0};
  handle("test.unreadable", [&](const Context&, JobRun&) -> Result<void> {
    ++runs;
    return domain::Error{.code = Code::kValidationFailed, .detail = "version 9"};
  });
  start();
  const auto id = enqueue({.kind = "test.unreadable"});
  EXPECT_TRUE(eventually([&] { return field(id, "state") == "failed"; }));
  EXPECT_EQ(runs, 1);
}

TEST_F(WorkerTest, LeavesKindsThatItDoesNotKnow) {
  handle("test.plain", [](const Context&, JobRun&) { return Result<void>{}; });
  start();
  const auto unknown = enqueue({.kind = "test.of_a_newer_version", .priority = 9});
  const auto known = enqueue({.kind = "test.plain"});
  EXPECT_TRUE(eventually([&] { return is_done(known); }));
  EXPECT_EQ(field(unknown, "state || attempt"), "ready0");
}

TEST_F(WorkerTest, GivesTheHandlerItsDeadlineAndItsCause) {
  std::atomic<bool> was_right{false};
  handle(
      "test.plain",
      [&](const Context& context, JobRun&) -> Result<void> {
        const auto left = context.deadline - Clock::now();
        was_right = left > 2s && left <= 3s && context.correlation_id == "cause-7" &&
                    context.trace != nullptr;
        return {};
      },
      3s);
  start();
  const auto id = enqueue({.kind = "test.plain"}, "cause-7");
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
  EXPECT_TRUE(was_right);
}

TEST_F(WorkerTest, KeepsTheLeaseOfALongRun) {
  std::atomic<int> runs{0};
  handle("test.long", [&](const Context&, JobRun&) -> Result<void> {
    ++runs;
    net::sleep_until(Clock::now() + 3500ms);
    return {};
  });
  start();
  const auto id = enqueue({.kind = "test.long", .lease = 2s});
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
  EXPECT_EQ(runs, 1);
}

TEST_F(WorkerTest, LeavesARunThatDoesNotEndToAnotherWorker) {
  std::atomic<bool> may_end{false};
  std::atomic<int> runs{0};
  handle(
      "test.stuck",
      [&](const Context&, JobRun&) -> Result<void> {
        if (++runs == 1) wait_on_fiber([&] { return may_end.load(); });
        return {};
      },
      10ms);
  start();
  const auto id = enqueue({.kind = "test.stuck", .lease = 1s});
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
  EXPECT_EQ(runs, 2);
  may_end = true;
  EXPECT_TRUE(stop());
  EXPECT_EQ(lines_with("\"job.lost\"").size(),
            2U);  // the one who took it back, and the one who lost it
}

TEST_F(WorkerTest, WaitsForWhatRunsWhenItStops) {
  std::atomic<bool> is_running{false};
  handle("test.slow", [&](const Context&, JobRun&) -> Result<void> {
    is_running = true;
    net::sleep_until(Clock::now() + 300ms);
    return {};
  });
  start();
  const auto id = enqueue({.kind = "test.slow"});
  EXPECT_TRUE(eventually([&] { return is_running.load(); }));
  EXPECT_TRUE(stop());
  EXPECT_TRUE(is_done(id));
}

TEST_F(WorkerTest, TakesNothingWhileItStops) {
  std::atomic<bool> is_running{false};
  std::atomic<bool> may_end{false};
  handle("test.slow", [&](const Context&, JobRun&) -> Result<void> {
    is_running = true;
    wait_on_fiber([&] { return may_end.load(); });
    return {};
  });
  start();
  enqueue({.kind = "test.slow"});
  EXPECT_TRUE(eventually([&] { return is_running.load(); }));
  std::thread stopper([&] { EXPECT_TRUE(worker_->stop(Clock::now() + 10s)); });
  std::this_thread::sleep_for(100ms);
  const auto late = enqueue({.kind = "test.slow"});
  worker_->wake_all();
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(field(late, "state"), "ready");
  may_end = true;
  stopper.join();
  worker_.reset();
  EXPECT_EQ(field(late, "state"), "ready");
}

TEST_F(WorkerTest, GivesBackWhatDoesNotEndInTime) {
  std::atomic<bool> is_running{false};
  std::atomic<bool> may_end{false};
  std::atomic<bool> has_ended{false};
  std::string refusal;
  handle("test.stuck", [&](const Context& context, JobRun& run) -> Result<void> {
    is_running = true;
    wait_on_fiber([&] { return may_end.load(); });
    const auto finished = run.finish(context);
    refusal = finished ? "none" : domain::name_of(finished.error().code);
    has_ended = true;
    return finished;
  });
  start();
  const auto id = enqueue({.kind = "test.stuck"});
  EXPECT_TRUE(eventually([&] { return is_running.load(); }));
  EXPECT_FALSE(stop(100ms));
  EXPECT_EQ(field(id, "state || attempt"), "ready0");
  may_end = true;
  EXPECT_TRUE(eventually([&] { return has_ended.load(); }));
  EXPECT_EQ(refusal, "version_mismatch");
  EXPECT_EQ(field(id, "state"), "ready");
}

TEST_F(WorkerTest, RollsTheEffectOfALostRunBack) {
  query("CREATE TABLE effects (id text)");
  std::atomic<bool> may_go_on{false};
  std::atomic<int> runs{0};
  std::atomic<int> refused{0};
  handle("test.effect", [&](const Context& context, JobRun& run) -> Result<void> {
    const bool is_first = ++runs == 1;
    if (is_first) wait_on_fiber([&] { return may_go_on.load(); });
    auto done = domain::within_unit(context, units_, [&](const Context& inside) -> Result<void> {
      const auto inserted =
          harness_.database().exec(inside,
                                   {.sql = "INSERT INTO effects VALUES ($1)",
                                    .operation = "INSERT",
                                    .lane = storage::Lane::kWrite},
                                   storage::Parameters().text(run.job().id.to_string()));
      if (!inserted) return inserted.error();
      return run.finish(inside);
    });
    refused += done ? 0 : 1;
    return done;
  });
  start();
  const auto id = enqueue({.kind = "test.effect"});
  EXPECT_TRUE(eventually([&] { return runs == 1; }));
  query("UPDATE jobs SET lease_until = now() - interval '1 s'");
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
  may_go_on = true;
  EXPECT_TRUE(stop());
  EXPECT_EQ(query("SELECT count(*) FROM effects"), "1");
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(refused, 1);
}

}  // namespace
}  // namespace vigie::jobs::testing
