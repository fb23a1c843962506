#include "server/backup/backup_handlers.hpp"

#include "tests/backup/backup_fixture.hpp"

namespace vigie::backup {
namespace {

using namespace testing;

TEST_F(BackupTest, IsOneWithTheEndOfItsJob) {
  fakes::CapturedTelemetry telemetry;
  BackupTelemetry told(telemetry.metrics, telemetry.log);
  harness_.run([&] {
    Backups backups({store_, copies_, blobs_, units_, clock_, ids_},
                    {.programs_directory = kPrograms});
    BackupRunHandler handler(backups, told, queue_);
    fakes::FakeJobRun lost{domain::Job{}};
    lost.fail_to_finish({.code = Code::kVersionMismatch, .message = "The lease is lost."});
    EXPECT_EQ(handler.run(within(100s), lost).error().code, Code::kVersionMismatch);
    EXPECT_TRUE(store_.list(within(10s))->empty());
    clock_.advance(1s);
    fakes::FakeJobRun run{domain::Job{}};
    EXPECT_TRUE(handler.run(within(100s), run).ok());
    EXPECT_TRUE(run.is_finished());
    BackupVerifyHandler verifier(backups, told);
    fakes::FakeJobRun verification{domain::Job{}};
    EXPECT_TRUE(verifier.run(within(100s), verification).ok());
    EXPECT_TRUE(verification.is_finished());
    told.sample(*store_.list(within(10s)));
  });
  const auto runs = [&](const std::string& task, const std::string& outcome) {
    return telemetry.metric("vigie_backup_runs_total{outcome=\"" + outcome + "\",task=\"" + task +
                            "\"}");
  };
  EXPECT_EQ(runs("backup.run", "done") + runs("backup.run", "failed"), "11");
  EXPECT_EQ(runs("backup.verify", "done") + runs("backup.verify", "failed"), "10");
  EXPECT_EQ(telemetry.metric("vigie_backup_bytes"), std::to_string(list().front().bytes));
  EXPECT_NE(telemetry.metric("vigie_backup_verified_timestamp_seconds"), "0");
  EXPECT_NE(telemetry.metric("vigie_backup_last_success_timestamp_seconds"), "0");
  const auto lines = telemetry.log_lines();
  for (const char* event : {"backup.done", "backup.verified", "backup.failed"}) {
    EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [&](const std::string& line) {
      return line.find(event) != std::string::npos;
    })) << event;
  }
}

TEST_F(BackupTest, IsToBeProvenAtOnceAsLongAsNoneIs) {
  using Kinds = std::vector<std::string>;
  EXPECT_TRUE(run_job().ok());
  EXPECT_EQ(enqueued(), Kinds{"backup.verify"});
  EXPECT_EQ(queue_.jobs().front().unique_key, "backup.verify");
  EXPECT_EQ(queue_.jobs().front().lane, domain::JobLane::kLow);
  // It waits still.
  EXPECT_TRUE(run_job().ok());
  EXPECT_EQ(enqueued(), Kinds{"backup.verify"});
  // It ran and found a fault.
  queue_.remove(queue_.jobs().front().id);
  replace(list().front(), "damaged");
  EXPECT_NE(fault(), "");
  EXPECT_TRUE(run_job().ok());
  EXPECT_EQ(enqueued(), Kinds{"backup.verify"});
  // It ran and found none: from now on the schedule counts.
  queue_.remove(queue_.jobs().front().id);
  EXPECT_EQ(fault(), "");
  EXPECT_TRUE(run_job().ok());
  EXPECT_EQ(enqueued(), Kinds{});
}

TEST_F(BackupTest, IsNotKeptWithoutTheJobThatProvesIt) {
  queue_.fail_with({.code = Code::kUnavailable});
  EXPECT_EQ(run_job().error().code, Code::kUnavailable);
  EXPECT_TRUE(list().empty());
  queue_.heal();
  EXPECT_TRUE(run_job().ok());
  EXPECT_EQ(list().size(), 1U);
  EXPECT_EQ(enqueued().size(), 1U);
}

}  // namespace
}  // namespace vigie::backup
