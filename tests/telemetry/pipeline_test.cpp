#include <gtest/gtest.h>

#include <sstream>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/gzip.hpp"
#include "telemetry/otlp/http_exporter.hpp"
#include "telemetry/pipeline/bounded_queue.hpp"
#include "telemetry/pipeline/span_pipeline.hpp"
#include "telemetry/telemetry.hpp"
#include "telemetry/trace.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/telemetry/fake_exporter.hpp"
#include "tests/telemetry/http_receiver.hpp"
#include "tests/telemetry/spool_directories.hpp"
#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    limits_.schedule_delay = seconds(60);
    limits_.queue_spans_max = 64;
    limits_.batch_spans_max = 16;
    courier_options_.retry = {milliseconds(1), milliseconds(4)};
  }

  void start() {
    courier_.emplace(courier_options_, exporter_, clock_, told_.ledger);
    courier_->start(told_.log);
    pipeline_.emplace(SpanPipelineOptions{limits_, {}, holder_}, *courier_, clock_, told_.ledger);
    tracer_.emplace(TracerOptions{SamplerKind::kAlwaysOn, 1}, clock_, told_.ledger, &*pipeline_);
  }
  void record_trace(int span_count = 1) {
    Trace trace(*tracer_, {});
    const Span root(&trace, spans::kHttpServer);
    for (int i = 1; i < span_count; ++i) const Span query(&trace, spans::kDbQuery);
  }
  Account account() const { return told_.ledger.account(Signal::kTraces); }
  std::uint64_t dropped(DropReason reason) const {
    return account().dropped[static_cast<std::size_t>(reason)];
  }
  std::string log_text() {
    std::string text;
    for (const std::string& line : told_.log_lines()) text += line + "\n";
    return text;
  }

  BatchLimits limits_;
  CourierOptions courier_options_;
  TraceHolder* holder_ = nullptr;
  SystemClock clock_;
  fakes::CapturedTelemetry told_;
  FakeExporter exporter_;
  std::optional<Courier> courier_;
  std::optional<SpanPipeline> pipeline_;
  std::optional<Tracer> tracer_;
};

TEST_F(PipelineTest, SendsWhenABatchIsFull) {
  start();
  for (int i = 0; i < 16; ++i) record_trace();
  EXPECT_TRUE(exporter_.wait_for_calls(1));
}

TEST_F(PipelineTest, SendsWhenTheTimeIsUp) {
  limits_.schedule_delay = milliseconds(5);
  start();
  record_trace();
  EXPECT_TRUE(exporter_.wait_for_calls(1));
}

TEST_F(PipelineTest, SendsWhatIsQueuedOnFlush) {
  start();
  for (int i = 0; i < 3; ++i) record_trace(2);
  EXPECT_EQ(pipeline_->queued_span_count(), 6);
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_EQ(exporter_.batch_bytes().size(), 1);
  EXPECT_EQ(account().exported, 6);
  EXPECT_TRUE(account().is_balanced());
}

TEST_F(PipelineTest, KeepsBatchesWithinTheirLimits) {
  start();
  exporter_.hold(true);
  for (int i = 0; i < 10; ++i) record_trace(5);
  exporter_.hold(false);
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_GE(exporter_.batch_bytes().size(), 4) << "three traces of five spans fit into sixteen";
  EXPECT_EQ(account().exported, 50);
}

TEST_F(PipelineTest, KeepsBatchesWithinTheirBytes) {
  limits_.batch_bytes_max = 400;
  start();
  for (int i = 0; i < 8; ++i) record_trace(2);
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  for (std::size_t bytes : exporter_.batch_bytes()) EXPECT_LT(bytes, 1200);
  EXPECT_GE(exporter_.batch_bytes().size(), 4);
}

TEST_F(PipelineTest, DropsAndCountsWhatIsOverTheQueue) {
  start();
  exporter_.hold(true);
  for (int i = 0; i < 16; ++i) record_trace();
  ASSERT_TRUE(exporter_.wait_for_calls(1));
  // The queue, a batch that waits, and the courier's outbox hold 64, 16 and 64.
  for (int i = 0; i < 300; ++i) record_trace();
  EXPECT_GE(dropped(DropReason::kQueueFull), 300 - 144);
  EXPECT_TRUE(account().is_balanced());
  exporter_.hold(false);
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_EQ(account().exported + dropped(DropReason::kQueueFull), 316);
  EXPECT_EQ(account().queued, 0);
}

TEST_F(PipelineTest, SendsAgainUntilTaken) {
  exporter_.will_answer({not_now(), not_now(), not_now()});
  start();
  record_trace();
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_EQ(exporter_.batch_bytes().size(), 4);
  EXPECT_EQ(account().exported, 1);
  const std::string log = log_text();
  EXPECT_NE(log.find("telemetry.export_failed"), std::string::npos);
  EXPECT_EQ(log.find("telemetry.export_failed"), log.rfind("telemetry.export_failed"));
  EXPECT_NE(log.find("telemetry.export_recovered"), std::string::npos);
}

TEST_F(PipelineTest, GivesUpWhenTheTimeForABatchIsOver) {
  courier_options_.export_timeout = milliseconds(20);
  exporter_.will_answer(std::deque<ExportOutcome>(1000, not_now()));
  start();
  record_trace(3);
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_EQ(dropped(DropReason::kRetriesExhausted), 3);
  EXPECT_TRUE(account().is_balanced());
}

TEST_F(PipelineTest, WaitsAtLeastWhatTheBackEndAsks) {
  ExportOutcome busy = not_now();
  busy.retry_after = milliseconds(50);
  exporter_.will_answer({busy});
  start();
  record_trace();
  const std::uint64_t before = clock_.monotonic_ns();
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_GE(clock_.monotonic_ns() - before, 50'000'000);
  EXPECT_EQ(account().exported, 1);
}

TEST_F(PipelineTest, CountsWhatIsRefused) {
  ExportOutcome partial;
  partial.status = ExportOutcome::Status::kTaken;
  partial.rejected_count = 2;
  exporter_.will_answer({{.status = ExportOutcome::Status::kRefused}, partial});
  start();
  record_trace(4);
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_EQ(dropped(DropReason::kRejected), 4);
  record_trace(5);
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_EQ(dropped(DropReason::kRejected), 6);
  EXPECT_EQ(account().exported, 3);
}

TEST_F(PipelineTest, StopsInTimeAndAccountsForTheRest) {
  start();
  exporter_.hold(true);
  for (int i = 0; i < 20; ++i) record_trace();
  pipeline_->stop(milliseconds(10));
  courier_->stop();
  record_trace();
  EXPECT_EQ(account().created, 21);
  EXPECT_EQ(account().queued, 0);
  EXPECT_EQ(dropped(DropReason::kShutdown), 20);
  EXPECT_TRUE(account().is_balanced());
}

TEST_F(PipelineTest, StaysBalancedUnderLoad) {
  limits_.schedule_delay = milliseconds(1);
  start();
  std::vector<std::jthread> threads = start_threads(3, [this] {
    for (int n = 0; n < 2000; ++n) record_trace(2);
  });
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(account().is_balanced());
  threads.clear();
  EXPECT_TRUE(pipeline_->flush(seconds(20)));
  EXPECT_EQ(account().created, 12'000);
  EXPECT_EQ(account().exported + account().dropped_total(), 12'000);
}

TEST(RetryPolicy, DoublesWithJitterUpToItsLongest) {
  const RetryPolicy policy{milliseconds(100), milliseconds(1000)};
  EXPECT_EQ(policy.delay(0, 0, {}), milliseconds(50));
  EXPECT_EQ(policy.delay(0, 50, {}), milliseconds(100));
  EXPECT_EQ(policy.delay(2, 0, {}), milliseconds(200));
  EXPECT_EQ(policy.delay(70, 0, {}), milliseconds(500));
  EXPECT_EQ(policy.delay(0, 0, milliseconds(700)), milliseconds(700));
}

TEST(BoundedQueue, KeepsOrderAndRefusesWhatIsOver) {
  BoundedQueue<int> queue(4);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.push(i));
  int value = 9;
  EXPECT_FALSE(queue.push(value));
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(queue.pop(value));
    EXPECT_EQ(value, i);
  }
  EXPECT_FALSE(queue.pop(value));
}

OtlpOptions to(const HttpReceiver& receiver) {
  OtlpOptions options;
  options.url = receiver.url();
  options.headers = {{"Authorization", "Bearer s3cret"}};
  options.timeout = seconds(20);
  return options;
}

TEST(OtlpHttpExporter, PostsProtobufOnOneConnection) {
  const HttpReceiver receiver({http_answer("200 OK")});
  OtlpHttpExporter exporter(to(receiver), "vigie/test");
  for (const char* body : {"first", "second"}) {
    EXPECT_EQ(exporter.send({body}).status, ExportOutcome::Status::kTaken);
  }
  const std::string request = receiver.requests().at(1);
  EXPECT_TRUE(request.starts_with("POST /v1/traces HTTP/1.1\r\n"));
  EXPECT_NE(request.find("Content-Type: application/x-protobuf\r\n"), std::string::npos);
  EXPECT_NE(request.find("Authorization: Bearer s3cret\r\n"), std::string::npos);
  EXPECT_NE(request.find("User-Agent: vigie/test\r\n"), std::string::npos);
  EXPECT_TRUE(request.ends_with("\r\n\r\nsecond"));
}

TEST(OtlpHttpExporter, TellsRetryableAnswersFromFinalOnes) {
  const HttpReceiver receiver(
      {http_answer("429 Too Many Requests", "Retry-After: 7\r\n"), http_answer("502 Bad Gateway"),
       http_answer("503 Service Unavailable"), http_answer("504 Gateway Timeout"),
       http_answer("400 Bad Request"), http_answer("500 Internal Server Error"),
       http_answer("307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n")});
  OtlpHttpExporter exporter(to(receiver), "vigie/test");
  EXPECT_EQ(exporter.send({"x"}).retry_after, seconds(7));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(exporter.send({"x"}).status, ExportOutcome::Status::kRetry);
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(exporter.send({"x"}).status, ExportOutcome::Status::kRefused);
  }
}

TEST(OtlpHttpExporter, ReadsPartialSuccess) {
  const HttpReceiver receiver({http_answer("200 OK", "",
                                           "\x0a\x07\x08\x05\x12\x03"
                                           "bad")});
  OtlpHttpExporter exporter(to(receiver), "vigie/test");
  EXPECT_EQ(exporter.send({"x"}).rejected_count, 5);
}

TEST(OtlpHttpExporter, RetriesWhenNobodyAnswers) {
  std::string url;
  {
    const HttpReceiver gone({http_answer("200 OK")});
    url = gone.url();
  }
  OtlpOptions options;
  options.url = url;
  OtlpHttpExporter exporter(options, "vigie/test");
  const ExportOutcome outcome = exporter.send({"x"});
  EXPECT_EQ(outcome.status, ExportOutcome::Status::kRetry);
  EXPECT_EQ(outcome.http_status, 0);
  EXPECT_FALSE(outcome.detail.empty());
}

TEST(OtlpHttpExporter, IsCancelled) {
  const HttpReceiver receiver({""});
  OtlpHttpExporter exporter(to(receiver), "vigie/test");
  exporter.cancel();
  EXPECT_EQ(exporter.send({"x"}).status, ExportOutcome::Status::kRetry);
}

TEST(OtlpHttpExporter, Compresses) {
  const HttpReceiver receiver({http_answer("200 OK")});
  OtlpOptions options = to(receiver);
  options.is_compressed = true;
  OtlpHttpExporter exporter(options, "vigie/test");
  const std::string body(10'000, 'x');
  exporter.send({body});
  exporter.send({gzip(body), 1, Coding::kGzip});
  for (const std::size_t index : {0, 1}) {
    const std::string request = receiver.requests().at(index);
    EXPECT_NE(request.find("Content-Encoding: gzip\r\n"), std::string::npos);
    EXPECT_TRUE(request.ends_with("\r\n\r\n" + gzip(body))) << "once, whoever compressed it";
    EXPECT_LT(request.size(), 1000);
  }
}

TEST(PartialSuccess, IsZeroWhenTheAnswerCannotBeRead) {
  EXPECT_EQ(rejected_record_count(""), 0);
  EXPECT_EQ(rejected_record_count("<html>"), 0);
  EXPECT_EQ(rejected_record_count("\x0a\x7f\x08"), 0);
  EXPECT_EQ(rejected_record_count("\x0a\x00"), 0);
  EXPECT_EQ(rejected_record_count(std::string(20, '\xff')), 0);
}

TEST(Telemetry, ExportsAndShutsDownInOrder) {
  const HttpReceiver receiver({http_answer("200 OK")});
  const fakes::LogFile log_file;
  const SystemClock clock;
  TelemetryConfig config;
  config.log_fd = log_file.fd();
  config.otlp_traces = to(receiver);
  Telemetry telemetry(config, clock);
  {
    Trace trace(telemetry.tracer(), {});
    const Span span(&trace, spans::kHttpServer);
  }
  telemetry.shutdown(seconds(20));
  EXPECT_EQ(receiver.requests().size(), 1);
  EXPECT_NE(log_file.text().find(
                R"("vigie.signal":"traces","vigie.ledger.created":1,)"
                R"("vigie.ledger.exported":1,"vigie.ledger.sampled_out":0,)"
                R"("vigie.dropped_count":0,"vigie.ledger.queued":0,"vigie.ledger.spooled":0)"),
            std::string::npos)
      << log_file.text();
  const std::string metrics = exposition(telemetry.metrics(), Format::kClassic);
  EXPECT_NE(metrics.find("otel_sdk_exporter_span_exported_total{error_type=\"\"} 1\n"),
            std::string::npos);
  EXPECT_NE(metrics.find("otel_sdk_processor_span_queue_capacity 2048\n"), std::string::npos);
  EXPECT_NE(metrics.find("vigie_build_info{revision=\"unknown\",version=\"unknown\"} 1\n"),
            std::string::npos);
}

/// The samples "name{labels} value" of one metric, each with its end of line.
std::string samples_of(const TelemetryConfig& config, const std::string& name) {
  const SystemClock clock;
  Telemetry telemetry(config, clock);
  std::istringstream text(exposition(telemetry.metrics(), Format::kClassic));
  std::string samples;
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with(name + "{")) samples += line + "\n";
  }
  return samples;
}

TEST(Telemetry, TellsWhatEachSignalMayTakeOfTheDisk) {
  const TemporaryDirectory directory;
  const fakes::LogFile log_file;
  TelemetryConfig config;
  config.log_fd = log_file.fd();
  config.otlp_traces.url = "http://127.0.0.1:1/v1/traces";
  config.otlp_logs.url = "http://127.0.0.1:1/v1/logs";
  config.spool.bytes_max = 1000;
  const std::string name(metrics::kTelemetrySpoolBytesLimit.name);
  EXPECT_EQ(samples_of(config, name),
            name + "{signal=\"logs\"} 0\n" + name + "{signal=\"traces\"} 0\n");
  config.spool.directory = directory.path();
  EXPECT_EQ(samples_of(config, name),
            name + "{signal=\"logs\"} 0\n" + name + "{signal=\"traces\"} 1000\n");
  config.log_exporter = LogExporter::kOtlp;
  EXPECT_EQ(samples_of(config, name),
            name + "{signal=\"logs\"} 500\n" + name + "{signal=\"traces\"} 500\n");
}

TEST(Telemetry, RecordsNothingWhenSwitchedOff) {
  const fakes::LogFile log_file;
  const SystemClock clock;
  TelemetryConfig config;
  config.log_fd = log_file.fd();
  config.otlp_traces.url = "http://127.0.0.1:1/v1/traces";
  switch_off(config);
  Telemetry telemetry(config, clock);
  Trace trace(telemetry.tracer(), {});
  EXPECT_FALSE(Span(&trace, spans::kHttpServer).is_recording());
  telemetry.shutdown(seconds(20));
  EXPECT_EQ(log_file.text(), "");
}

}  // namespace
}  // namespace vigie::telemetry
