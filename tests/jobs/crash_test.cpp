// Workers die, and so does PostgreSQL: no job is lost, and none is done twice in effect.
#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>
#include <thread>

#include "server/storage/job_queue.hpp"
#include "tests/fakes/temporary_directory.hpp"
#include "tests/jobs/job_fixture.hpp"
#include "tests/jobs/worker_process.hpp"

namespace vigie::jobs::testing {
namespace {

using storage::testing::PostgresServer;

/// A server that loses nothing that it has acknowledged.
PostgresServer& durable_postgres() {
  static PostgresServer server(
      "-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c autovacuum=on");
  return server;
}

class CrashTest : public ::testing::Test {
 protected:
  CrashTest() {
    EXPECT_TRUE(storage::Migrator(conninfo_).up().ok());
    query("CREATE TABLE effects (job text, attempt integer)");
    query(
        "CREATE TABLE runs (job text, attempt integer, "
        "started_at timestamptz DEFAULT clock_timestamp(), ended_at timestamptz)");
  }

  std::string query(const std::string& sql) const {
    return durable_postgres().query(sql, conninfo_.substr(conninfo_.rfind('=') + 1));
  }
  std::unique_ptr<WorkerProcess> worker(std::map<std::string, std::string> settings = {}) const {
    settings["EFFECTS"] = effects_.path();
    return std::make_unique<WorkerProcess>(conninfo_, std::move(settings));
  }
  /// In SQL: enqueuing is not what is tested here. A lease of two seconds.
  void enqueue(int count, const std::string& kind, const std::string& payload = "{}") const {
    query(
        "INSERT INTO jobs (id, kind, lane, priority, state, payload, payload_version, run_at, "
        "attempts_max, lease_seconds, correlation_id, traceparent, enqueued_at) "
        "SELECT gen_random_uuid(), '" +
        kind + "', 'high', 0, 'ready', '" + payload +
        "', 1, now(), 1000, 2, '', '', now() FROM generate_series(1, " + std::to_string(count) +
        "); NOTIFY jobs");
    (kind == "crash.idempotent" ? files_ : rows_) += count;
  }
  bool is_empty() const { return query("SELECT count(*) FROM jobs") == "0"; }
  void expect_each_effect_once() const {
    EXPECT_EQ(query("SELECT count(*) || '/' || count(DISTINCT job) FROM effects"),
              std::to_string(rows_) + "/" + std::to_string(rows_));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(effects_.path())) {
      files += entry.path().has_extension() ? 0 : 1;
    }
    EXPECT_EQ(files, static_cast<std::size_t>(files_));
  }
  /// A second run of a job begins when the first has ended, or its lease of two seconds has.
  void expect_no_two_runs_at_once() const {
    EXPECT_EQ(query("SELECT count(*) FROM runs AS a JOIN runs AS b ON a.job = b.job "
                    "AND b.attempt > a.attempt WHERE (a.ended_at IS NULL OR a.ended_at > "
                    "b.started_at) AND b.started_at < a.started_at + interval '1.5 s'"),
              "0");
  }

  const std::string conninfo_ = durable_postgres().create_database();
  fakes::TemporaryDirectory effects_;
  mutable int rows_ = 0;
  mutable int files_ = 0;
};

class StepTest : public CrashTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(StepTest, KilledThereTheJobIsDoneOnceInEffect) {
  const std::string step = GetParam();
  const std::string payload = step.starts_with("retr") ? R"({"fail_once":1})" : "{}";
  const std::string run_ms = step.starts_with("renew") ? "1500" : "0";
  enqueue(1, "crash.idempotent", payload);
  enqueue(1, "crash.transactional", payload);
  auto doomed = worker({{"KILL_AT", step}, {"RUN_MS", run_ms}, {"CONCURRENCY", "1"}});
  EXPECT_EQ(doomed->wait(), SIGKILL);
  EXPECT_FALSE(is_empty());
  const auto heir = worker();
  EXPECT_TRUE(eventually([&] { return is_empty(); }, 30s));
  expect_each_effect_once();
  expect_no_two_runs_at_once();
}

INSTANTIATE_TEST_SUITE_P(Every, StepTest,
                         ::testing::Values("claimed", "started", "done", "ended", "committed",
                                           "returning", "finishing", "finished", "renewing",
                                           "renewed", "retrying", "retried"),
                         [](const auto& step) { return std::string(step.param); });

int kills_wanted() {
  const char* const kills = std::getenv("VIGIE_KILLS");
  return kills != nullptr ? std::atoi(kills) : 15;
}

TEST_F(CrashTest, SurvivesKillsAtRandomMomentsUnderLoad) {
  std::atomic<bool> may_end{false};
  std::thread load([&] {
    while (!may_end) {
      enqueue(10, "crash.transactional");
      enqueue(10, "crash.idempotent");
      std::this_thread::sleep_for(20ms);
    }
  });
  std::array workers{worker({{"RUN_MS", "2"}}), worker({{"RUN_MS", "2"}})};
  std::minstd_rand random(static_cast<unsigned>(::getpid()));
  for (int kill = 0; kill < kills_wanted(); ++kill) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 180));
    auto& victim = workers[random() % workers.size()];
    victim->kill();
    victim = worker({{"RUN_MS", "2"}});
  }
  may_end = true;
  load.join();
  EXPECT_TRUE(eventually([&] { return is_empty(); }, 90s)) << query("SELECT count(*) FROM jobs");
  expect_each_effect_once();
  expect_no_two_runs_at_once();
  // The kills have hit something.
  EXPECT_NE(query("SELECT count(*) FROM runs WHERE attempt > 1"), "0");
  RecordProperty("jobs", rows_ + files_);
}

TEST_F(CrashTest, SurvivesCrashesOfPostgreSQLUnderLoad) {
  enqueue(2000, "crash.transactional");
  enqueue(2000, "crash.idempotent");
  const auto first = worker({{"RUN_MS", "1"}});
  const auto second = worker({{"RUN_MS", "1"}});
  for (int crash = 0; crash < 3; ++crash) {
    std::this_thread::sleep_for(400ms);
    durable_postgres().stop_at_once();
    std::this_thread::sleep_for(100ms);
    durable_postgres().start();
  }
  EXPECT_FALSE(is_empty());  // else nothing was in flight at the last crash
  EXPECT_TRUE(eventually([&] { return is_empty(); }, 90s)) << query("SELECT count(*) FROM jobs");
  expect_each_effect_once();
}

TEST_F(CrashTest, EndsItsJobsBeforeItStops) {
  enqueue(20, "crash.transactional");
  auto stopped = worker({{"RUN_MS", "300"}, {"CONCURRENCY", "4"}});
  EXPECT_TRUE(eventually([&] { return query("SELECT count(*) FROM runs") != "0"; }));
  stopped->terminate();
  EXPECT_EQ(stopped->wait(), 0);
  EXPECT_EQ(query("SELECT count(*) FROM jobs WHERE state = 'running'"), "0");
  EXPECT_EQ(query("SELECT count(*) FROM runs WHERE ended_at IS NULL"), "0");
  rows_ = std::stoi(query("SELECT count(*) FROM runs"));
  expect_each_effect_once();
}

}  // namespace
}  // namespace vigie::jobs::testing
