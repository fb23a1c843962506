#include <gtest/gtest.h>

#include "telemetry/trace.hpp"
#include "tests/jobs/job_fixture.hpp"

namespace vigie::jobs::testing {
namespace {

using domain::Code;
using domain::Context;
using domain::JobRun;
using domain::Result;

class JobTelemetryTest : public JobsTest {
 protected:
  void do_one(const domain::NewJob& job, const std::string& correlation_id = "cause-1") {
    start();
    const auto id = enqueue(job, correlation_id);
    ASSERT_TRUE(eventually([&] { return is_done(id) || field(id, "state") == "failed"; }));
    EXPECT_TRUE(stop());
  }
  std::string metric(const std::string& series) { return harness_.telemetry().metric(series); }
};

TEST_F(JobTelemetryTest, LinksTheRunToTheSpanThatSentTheJob) {
  handle("media.purge", [](const Context&, JobRun&) { return Result<void>{}; });
  start();
  std::optional<domain::JobId> id;
  harness_.run([&] {
    telemetry::Trace trace(harness_.telemetry().tracer, std::nullopt);
    Context context = within(5s);
    context.trace = &trace;
    context.correlation_id = "cause-1";
    id = *queue_.enqueue(context, {.kind = "media.purge", .payload = "{}"});
  });
  ASSERT_TRUE(eventually([&] { return is_done(*id); }));
  EXPECT_TRUE(stop());
  const auto sent = harness_.telemetry().traces.span("send media.purge");
  const auto processed = harness_.telemetry().traces.span("process media.purge");
  EXPECT_EQ(sent.kind, telemetry::SpanKind::kProducer);
  EXPECT_EQ(processed.kind, telemetry::SpanKind::kConsumer);
  EXPECT_NE(sent.trace_id, processed.trace_id);
  EXPECT_EQ(processed.links, std::vector{sent.trace_id + "-" + sent.span_id});
  EXPECT_EQ(processed.attributes.at("messaging.message.id"), id->to_string());
  EXPECT_EQ(sent.attributes.at("messaging.message.id"), id->to_string());
  EXPECT_EQ(processed.attributes.at("vigie.correlation_id"), "cause-1");
  EXPECT_EQ(processed.attributes.at("messaging.destination.name"), "high");
}

TEST_F(JobTelemetryTest, KeepsTheTraceOfAJobThatBeganLate) {
  harness_.telemetry().tracer.sampler().set_ratio(0);
  handle("media.purge", [](const Context&, JobRun&) { return Result<void>{}; });
  (void)enqueue({.kind = "media.purge"});
  query("UPDATE jobs SET run_at = now() - interval '11 s'");
  start();
  // The trace ends after the job's row.
  ASSERT_TRUE(eventually([&] { return harness_.telemetry().traces.spans().size() == 1; }));
  const auto kept = harness_.telemetry().traces.span("process media.purge");
  EXPECT_EQ(kept.attributes.at("vigie.trace.keep_reason"), "slow");
  const auto prompt = enqueue({.kind = "media.purge"});
  ASSERT_TRUE(eventually([&] { return is_done(prompt); }));
  EXPECT_TRUE(stop());
  EXPECT_EQ(harness_.telemetry().traces.spans().size(), 1U);
}

TEST_F(JobTelemetryTest, SaysTheCauseOnEveryLine) {
  handle("media.purge", [](const Context&, JobRun&) -> Result<void> {
    return domain::Error{.code = Code::kNotFound, .detail = "no such thing"};
  });
  do_one({.kind = "media.purge"}, "cause-2");
  const auto lines = lines_with("\"job.");
  ASSERT_EQ(lines.size(), 2U);
  for (const std::string& line : lines) {
    EXPECT_NE(line.find(R"("correlation_id":"cause-2")"), std::string::npos) << line;
    EXPECT_NE(line.find(R"("trace_id":")"), std::string::npos) << line;
  }
  EXPECT_NE(lines[0].find("job.started"), std::string::npos);
  EXPECT_NE(lines[1].find("job.failed"), std::string::npos);
  EXPECT_NE(lines[1].find("no such thing"), std::string::npos);
}

TEST_F(JobTelemetryTest, CountsWhatIsDone) {
  handle("media.purge", [](const Context&, JobRun&) { return Result<void>{}; });
  do_one({.kind = "media.purge"});
  EXPECT_EQ(metric(R"(vigie_jobs_enqueued_total{kind="media.purge"})"), "1");
  EXPECT_EQ(metric(R"(vigie_job_runs_total{kind="media.purge",outcome="done"})"), "1");
  EXPECT_EQ(metric(R"(vigie_job_run_duration_seconds_count{kind="media.purge"})"), "1");
  EXPECT_EQ(metric(R"(vigie_job_wait_seconds_count{lane="high"})"), "1");
  EXPECT_EQ(metric(R"(vigie_jobs_dead_lettered_total{kind="media.purge"})"), "0");
  EXPECT_EQ(metric(R"(vigie_job_runs_total{kind="backup.run",outcome="lost"})"), "0");
}

TEST_F(JobTelemetryTest, CountsRetriesAndDeadLetters) {
  handle("media.purge", [](const Context&, JobRun&) -> Result<void> {
    return domain::Error{.code = Code::kUnavailable};
  });
  do_one({.kind = "media.purge", .attempts_max = 3});
  EXPECT_EQ(metric(R"(vigie_job_runs_total{kind="media.purge",outcome="retried"})"), "2");
  EXPECT_EQ(metric(R"(vigie_job_runs_total{kind="media.purge",outcome="failed"})"), "1");
  EXPECT_EQ(metric(R"(vigie_jobs_dead_lettered_total{kind="media.purge"})"), "1");
}

TEST_F(JobTelemetryTest, CountsALostRunOnce) {
  handle("media.purge", [](const Context&, JobRun&) { return Result<void>{}; });
  const auto id = enqueue({.kind = "media.purge"});
  query(
      "UPDATE jobs SET state = 'running', lease_until = now(), run = 1, attempt = 1, worker = "
      "'gone:1'");
  start();
  ASSERT_TRUE(eventually([&] { return is_done(id); }));
  EXPECT_TRUE(stop());
  EXPECT_EQ(metric(R"(vigie_job_runs_total{kind="media.purge",outcome="lost"})"), "1");
  const auto lines = lines_with("job.lost");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_NE(lines[0].find("gone:1"), std::string::npos);
}

TEST_F(JobTelemetryTest, KeepsAnExemplarOfTheRun) {
  handle("media.purge", [](const Context&, JobRun&) { return Result<void>{}; });
  do_one({.kind = "media.purge"});
  const auto text =
      telemetry::exposition(harness_.telemetry().metrics, telemetry::Format::kOpenMetrics);
  const auto trace_id = harness_.telemetry().traces.span("process media.purge").trace_id;
  const auto at = text.find(R"(vigie_job_run_duration_seconds_bucket{kind="media.purge")");
  ASSERT_NE(at, std::string::npos);
  EXPECT_NE(text.find(trace_id, at), std::string::npos);
}

}  // namespace
}  // namespace vigie::jobs::testing
