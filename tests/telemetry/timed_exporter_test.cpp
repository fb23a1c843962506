#include "telemetry/pipeline/timed_exporter.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/captured_telemetry.hpp"

namespace vigie::telemetry {
namespace {

/// Takes 200 ms of the fake clock for each batch.
class SlowExporter final : public Exporter {
 public:
  explicit SlowExporter(fakes::FakeTelemetryClock& clock) : clock_(clock) {}

  ExportOutcome send(const EncodedBatch& batch) override {
    clock_.advance(200'000'000);
    return {.status = batch.bytes == "bad" ? ExportOutcome::Status::kRefused
                                           : ExportOutcome::Status::kTaken};
  }
  void cancel() noexcept override {}

 private:
  fakes::FakeTelemetryClock& clock_;
};

TEST(TimedExporter, MeasuresEachAttemptByItsOutcome) {
  fakes::CapturedTelemetry told;
  told.clock.set_step(std::chrono::nanoseconds(0));
  TimedExporter exporter(std::make_unique<SlowExporter>(told.clock), Signal::kLogs, told.clock,
                         told.metrics);
  exporter.send({"good"});
  EXPECT_EQ(exporter.send({"bad"}).status, ExportOutcome::Status::kRefused);
  const std::string name = "otel_sdk_exporter_operation_duration_seconds";
  const std::string type = R"(otel_component_type="otlp_http_log_exporter"})";
  EXPECT_EQ(told.metric(name + R"(_sum{error_type="",)" + type), "0.2");
  EXPECT_EQ(told.metric(name + R"(_count{error_type="refused",)" + type), "1");
  EXPECT_EQ(told.metric(name + R"(_count{error_type="retryable",)" + type), "0");
}

}  // namespace
}  // namespace vigie::telemetry
