#include "server/jobs/scheduler.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "server/jobs/clean_up.hpp"
#include "server/jobs/queue_gauges.hpp"
#include "server/storage/job_desk.hpp"
#include "server/storage/leader_lock.hpp"
#include "server/storage/task_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/jobs/job_fixture.hpp"

namespace vigie::jobs::testing {
namespace {

/// One process that would schedule, with a lock of its own.
class Candidate {
 public:
  struct Parts {
    storage::testing::Harness& harness;
    storage::PgJobQueue& queue;
    storage::PgUnitsOfWork& units;
    const std::string& conninfo;
  };
  Candidate(const Parts& parts, const std::string& name, std::chrono::milliseconds interval)
      : tasks_(parts.harness.database()),
        scheduler_({loop_of(parts), tasks_, parts.queue, parts.units, ids_,
                    parts.harness.telemetry().log, parts.harness.telemetry().metrics},
                   {{"sessions.clean", interval}, {"blob.sweep", interval}}, name),
        lock_(std::make_unique<storage::LeaderLock>(loop_of(parts), options(parts.conninfo, name),
                                                    [this](bool is_leader) {
                                                      is_leader_ = is_leader;
                                                      scheduler_.lead(is_leader);
                                                    })) {}

  bool is_leader() const { return is_leader_; }
  /// As when the process ends.
  void leave() {
    lock_.reset();
    is_leader_ = false;
  }

 private:
  static net::EventLoop& loop_of(const Parts& parts) { return parts.harness.runtime().loop(0); }
  static storage::DatabaseOptions options(const std::string& conninfo, const std::string& name) {
    return {.conninfo = conninfo,
            .application_name = name,
            .probe_interval = std::chrono::milliseconds(100)};
  }

  std::atomic<bool> is_leader_{false};
  storage::PgTaskStore tasks_;
  storage::testing::RandomIds ids_;
  Scheduler scheduler_;
  std::unique_ptr<storage::LeaderLock> lock_;
};

class SchedulerTest : public JobsTest {
 protected:
  std::unique_ptr<Candidate> candidate(const std::string& name,
                                       std::chrono::milliseconds interval = 1h) {
    return std::make_unique<Candidate>(Candidate::Parts{harness_, queue_, units_, conninfo_}, name,
                                       interval);
  }
  std::string metric(const std::string& series) { return harness_.telemetry().metric(series); }
};

TEST_F(SchedulerTest, EnqueuesEachTaskOnceWhenItsTimeHasCome) {
  const auto only = candidate("only");
  EXPECT_TRUE(eventually([&] { return count() == "2"; }));
  EXPECT_EQ(query("SELECT string_agg(kind || ':' || unique_key || ':' || lane, ' ' ORDER BY kind) "
                  "FROM jobs"),
            "blob.sweep:blob.sweep:low sessions.clean:sessions.clean:low");
  EXPECT_EQ(metric("vigie_scheduler_leader"), "1");
  EXPECT_EQ(metric(R"(vigie_scheduled_task_interval_seconds{task="blob.sweep"})"), "3600");
  EXPECT_EQ(lines_with("scheduler.leader").size(), 1U);
}

TEST_F(SchedulerTest, EnqueuesAgainAfterTheInterval) {
  std::atomic<int> runs{0};
  const auto done = [&](const domain::Context&, domain::JobRun&) -> domain::Result<void> {
    ++runs;
    return {};
  };
  handle("sessions.clean", done);
  handle("blob.sweep", done);
  start();
  const auto only = candidate("only", 100ms);
  EXPECT_TRUE(eventually([&] { return runs >= 6; }));
}

TEST_F(SchedulerTest, LetsOneOfManyLeadAndAnotherTakeOver) {
  auto first = candidate("first");
  EXPECT_TRUE(eventually([&] { return first->is_leader(); }));
  auto second = candidate("second");
  auto third = candidate("third");
  std::this_thread::sleep_for(500ms);  // several probes
  EXPECT_FALSE(second->is_leader() || third->is_leader());
  const auto left_at = Clock::now();
  first->leave();
  EXPECT_TRUE(eventually([&] { return second->is_leader() || third->is_leader(); }, 5s));
  EXPECT_LT(Clock::now() - left_at, 3s);
  std::this_thread::sleep_for(300ms);
  EXPECT_NE(second->is_leader(), third->is_leader());
}

TEST_F(SchedulerTest, StopsLeadingWhenItsSessionIsGone) {
  auto first = candidate("first");
  EXPECT_TRUE(eventually([&] { return first->is_leader(); }));
  auto second = candidate("second");
  query(
      "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted "
      "AND pid <> pg_backend_pid()");
  EXPECT_TRUE(eventually([&] { return first->is_leader() != second->is_leader(); }, 5s));
}

TEST_F(SchedulerTest, GoesOnWhereTheLastLeaderWas) {
  auto first = candidate("first");
  EXPECT_TRUE(eventually([&] { return count() == "2"; }));
  query("DELETE FROM jobs");
  first->leave();
  const auto second = candidate("second");
  EXPECT_TRUE(eventually([&] { return second->is_leader(); }));
  std::this_thread::sleep_for(1500ms);  // a look of the new leader
  EXPECT_EQ(count(), "0");
}

TEST_F(SchedulerTest, TakesATaskOnceHoweverManyAsk) {
  storage::PgTaskStore tasks(harness_.database());
  const std::vector<domain::TaskInterval> wanted{{"one", 1h}, {"two", 1h}};
  std::atomic<std::size_t> taken{0};
  harness_.run_all(20, [&](std::size_t) {
    const auto due = tasks.take_due(within(10s), wanted);
    ASSERT_TRUE(due.ok()) << due.error().detail;
    taken += due->size();
  });
  EXPECT_EQ(taken, 2U);
}

TEST_F(SchedulerTest, ShowsTheQueueAndTheLastSuccess) {
  handle("sessions.clean",
         [](const domain::Context&, domain::JobRun&) { return domain::Result<void>{}; });
  storage::PgJobDesk desk(harness_.database());
  storage::PgTaskStore tasks(harness_.database());
  query("INSERT INTO scheduled_tasks (task) VALUES ('sessions.clean')");
  start();
  const auto id = enqueue({.kind = "sessions.clean", .unique_key = "sessions.clean"});
  EXPECT_TRUE(eventually([&] { return is_done(id); }));
  EXPECT_TRUE(stop());
  enqueue({.kind = "sessions.clean", .lane = domain::JobLane::kExternal});
  QueueGauges gauges(harness_.runtime().loop(0), desk, tasks, harness_.telemetry().metrics);
  gauges.start();
  EXPECT_TRUE(eventually(
      [&] { return metric(R"(vigie_job_queue_depth{lane="external",state="ready"})") == "1"; }));
  EXPECT_EQ(metric(R"(vigie_job_queue_depth{lane="high",state="ready"})"), "0");
  EXPECT_EQ(metric(R"(vigie_job_oldest_ready_timestamp_seconds{lane="high"})"), "0");
  const double now = std::stod(query("SELECT extract(epoch FROM now())"));
  EXPECT_NEAR(std::stod(metric(R"(vigie_job_oldest_ready_timestamp_seconds{lane="external"})")),
              now, 20);
  EXPECT_TRUE(eventually([&] {
    const auto at =
        metric(R"(vigie_scheduled_task_last_success_timestamp_seconds{task="sessions.clean"})");
    return !at.empty() && std::abs(std::stod(at) - now) < 20;
  }));
}

TEST(CleanUp, RemovesPortionByPortion) {
  fakes::FakeClock clock;
  std::vector<std::int64_t> portions{1000, 1000, 7};
  std::size_t calls = 0;
  CleanUp clean_up(
      [&](const domain::Context&, domain::Timestamp, std::int64_t limit) {
        EXPECT_EQ(limit, 1000);
        return domain::Result<std::int64_t>(portions[calls++]);
      },
      clock);
  struct NoRun : domain::JobRun {
    domain::Job none;
    const domain::Job& job() const noexcept override { return none; }
    domain::Result<void> finish(const domain::Context&) override { return {}; }
  } run;
  EXPECT_TRUE(clean_up.run({}, run).ok());
  EXPECT_EQ(calls, 3U);
}

}  // namespace
}  // namespace vigie::jobs::testing
