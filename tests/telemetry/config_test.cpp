#include "telemetry/config.hpp"

#include <gtest/gtest.h>

#include <map>

namespace vigie::telemetry {
namespace {

using Variables = std::map<std::string, std::string>;

std::vector<std::string> apply(TelemetryConfig& config, const Variables& variables) {
  return apply_environment(config, [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TelemetryConfig sound(const Variables& variables) {
  TelemetryConfig config;
  EXPECT_EQ(apply(config, variables), std::vector<std::string>{});
  return config;
}

std::string only_fault(const Variables& variables) {
  TelemetryConfig config;
  const std::vector<std::string> faults = apply(config, variables);
  EXPECT_EQ(faults.size(), 1);
  return faults.empty() ? "" : faults[0];
}

TEST(TelemetryConfig, ExportsNothingUnlessAskedTo) {
  EXPECT_EQ(sound({}).otlp_traces.url, "");
  EXPECT_EQ(sound({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}).otlp_traces.url, "");
  EXPECT_EQ(sound({{"OTEL_TRACES_EXPORTER", "otlp"}}).otlp_traces.url,
            "http://localhost:4318/v1/traces");
}

TEST(TelemetryConfig, BuildsTheEndpointOfTraces) {
  EXPECT_EQ(sound({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel:4318"}}).otlp_traces.url,
            "http://otel:4318/v1/traces");
  EXPECT_EQ(sound({{"OTEL_EXPORTER_OTLP_ENDPOINT", "https://otel/x/"}}).otlp_traces.url,
            "https://otel/x/v1/traces");
  EXPECT_EQ(sound({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"},
                   {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://b/own"}})
                .otlp_traces.url,
            "http://b/own");
  EXPECT_EQ(sound({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"}, {"OTEL_TRACES_EXPORTER", "none"}})
                .otlp_traces.url,
            "");
}

TEST(TelemetryConfig, ReadsTheExporter) {
  const OtlpOptions otlp = sound({{"OTEL_EXPORTER_OTLP_HEADERS", "a=1, b = x%20y%2Cz"},
                                  {"OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a=2"},
                                  {"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"},
                                  {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                  {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/proc/self/exe"},
                                  {"OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"}})
                               .otlp_traces;
  EXPECT_EQ(otlp.headers,
            (std::vector<std::pair<std::string, std::string>>{{"b", "x y,z"}, {"a", "2"}}));
  EXPECT_EQ(otlp.timeout, std::chrono::milliseconds(2500));
  EXPECT_TRUE(otlp.is_compressed);
  EXPECT_EQ(otlp.certificate, "/proc/self/exe");
}

TEST(TelemetryConfig, WritesLogsToOnePlace) {
  EXPECT_EQ(sound({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel"}}).log_exporter,
            LogExporter::kConsole)
      << "an endpoint alone moves no logs";
  EXPECT_EQ(sound({{"OTEL_LOGS_EXPORTER", "console"}}).log_exporter, LogExporter::kConsole);
  EXPECT_EQ(sound({{"OTEL_LOGS_EXPORTER", "none"}}).log_exporter, LogExporter::kNone);
  const TelemetryConfig config = sound({{"OTEL_LOGS_EXPORTER", "otlp"}});
  EXPECT_EQ(config.log_exporter, LogExporter::kOtlp);
  EXPECT_EQ(config.otlp_logs.url, "http://localhost:4318/v1/logs");
  EXPECT_EQ(config.otlp_traces.url, "") << "nor do logs take the spans along";
  EXPECT_EQ(sound({{"OTEL_LOGS_EXPORTER", "otlp"}, {"OTEL_SDK_DISABLED", "true"}}).log_exporter,
            LogExporter::kConsole);
}

TEST(TelemetryConfig, ReadsTheExporterOfLogs) {
  const TelemetryConfig config = sound({{"OTEL_LOGS_EXPORTER", "otlp"},
                                        {"OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel/"},
                                        {"OTEL_EXPORTER_OTLP_HEADERS", "a=1"},
                                        {"OTEL_EXPORTER_OTLP_LOGS_HEADERS", "a=2,b=3"},
                                        {"OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "700"},
                                        {"OTEL_EXPORTER_OTLP_LOGS_COMPRESSION", "gzip"},
                                        {"OTEL_BLRP_SCHEDULE_DELAY", "50"},
                                        {"OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", "9"}});
  EXPECT_EQ(config.otlp_logs.url, "http://otel/v1/logs");
  EXPECT_EQ(config.otlp_traces.url, "http://otel/v1/traces");
  EXPECT_EQ(config.otlp_logs.headers,
            (std::vector<std::pair<std::string, std::string>>{{"a", "2"}, {"b", "3"}}));
  EXPECT_EQ(config.otlp_traces.headers.size(), 1);
  EXPECT_EQ(config.otlp_logs.timeout, std::chrono::milliseconds(700));
  EXPECT_TRUE(config.otlp_logs.is_compressed);
  EXPECT_FALSE(config.otlp_traces.is_compressed);
  EXPECT_EQ(config.log_batch.schedule_delay, std::chrono::milliseconds(50));
  EXPECT_EQ(config.log_batch.batch_records_max, 9);
}

TEST(TelemetryConfig, ReadsTheSampler) {
  const TelemetryConfig config = sound(
      {{"OTEL_TRACES_SAMPLER", "parentbased_traceidratio"}, {"OTEL_TRACES_SAMPLER_ARG", "0.25"}});
  EXPECT_EQ(config.sampler, SamplerKind::kParentBasedTraceIdRatio);
  EXPECT_EQ(config.sampler_ratio, 0.25);
  EXPECT_EQ(sound({}).sampler, SamplerKind::kParentBasedAlwaysOn);
}

TEST(TelemetryConfig, ReadsTheResource) {
  const TelemetryConfig config =
      sound({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a,deployment.environment.name=prod"},
             {"OTEL_SERVICE_NAME", "b"}});
  EXPECT_EQ(config.service_name, "b");
  EXPECT_EQ(config.resource_attributes.at(0).second, "prod");
  EXPECT_EQ(sound({{"OTEL_RESOURCE_ATTRIBUTES", "service.name=a"}}).service_name, "a");
}

TEST(TelemetryConfig, ReadsTheBatch) {
  const BatchLimits batch = sound({{"OTEL_BSP_SCHEDULE_DELAY", "100"},
                                   {"OTEL_BSP_EXPORT_TIMEOUT", "200"},
                                   {"OTEL_BSP_MAX_QUEUE_SIZE", "50"},
                                   {"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "20"}})
                                .batch;
  EXPECT_EQ(batch.schedule_delay, std::chrono::milliseconds(100));
  EXPECT_EQ(batch.export_timeout, std::chrono::milliseconds(200));
  EXPECT_EQ(batch.queue_spans_max, 50);
  EXPECT_EQ(batch.batch_spans_max, 20);
}

TEST(TelemetryConfig, CanBeDisabled) {
  EXPECT_FALSE(sound({{"OTEL_SDK_DISABLED", "true"}}).is_tracing_enabled);
  EXPECT_TRUE(sound({{"OTEL_SDK_DISABLED", "false"}}).is_tracing_enabled);
}

TEST(TelemetryConfig, NamesEachFaultWithItsLimit) {
  EXPECT_EQ(only_fault({{"OTEL_TRACES_SAMPLER_ARG", "1.5"}}),
            "OTEL_TRACES_SAMPLER_ARG: must be a ratio from 0 to 1");
  EXPECT_EQ(only_fault({{"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}, {"OTEL_LOGS_EXPORTER", "otlp"}}),
            "OTEL_EXPORTER_OTLP_PROTOCOL: must be http/protobuf");
  EXPECT_EQ(only_fault({{"OTEL_TRACES_EXPORTER", "console"}}),
            "OTEL_TRACES_EXPORTER: must be otlp or none; spans are not written to a console");
  EXPECT_EQ(only_fault({{"OTEL_LOGS_EXPORTER", "file"}}),
            "OTEL_LOGS_EXPORTER: must be console, otlp or none");
  EXPECT_EQ(only_fault({{"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"}}),
            "OTEL_EXPORTER_OTLP_TIMEOUT: must be a whole number from 1 to 600000");
  EXPECT_EQ(only_fault({{"OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"}}),
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE: must not be over OTEL_BSP_MAX_QUEUE_SIZE, 2048");
  EXPECT_EQ(only_fault({{"OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere"}}),
            "OTEL_EXPORTER_OTLP_CERTIFICATE: must be a file that can be read");
  for (const char* url : {"otel:4318", "ftp://otel", "http://", "http:///x", "http://a b"}) {
    EXPECT_EQ(only_fault({{"OTEL_EXPORTER_OTLP_ENDPOINT", url}}),
              "OTEL_EXPORTER_OTLP_ENDPOINT: must be a URL that begins with http:// or https://");
  }
  for (const char* headers : {"novalue", "=x", "a=%zz", "a=%0", "a b=c", "a=%0Ab"}) {
    EXPECT_NE(only_fault({{"OTEL_EXPORTER_OTLP_HEADERS", headers}}), "");
  }
}

TEST(TelemetryConfig, TellsAllFaultsTogetherAndNoSecret) {
  TelemetryConfig config;
  const auto faults = apply(config, {{"OTEL_TRACES_SAMPLER", "sometimes"},
                                     {"OTEL_TRACES_EXPORTER", "jaeger"},
                                     {"OTEL_BSP_SCHEDULE_DELAY", "-1"},
                                     {"OTEL_SDK_DISABLED", "yes"},
                                     {"OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"},
                                     {"OTEL_EXPORTER_OTLP_HEADERS", "s3cret"}});
  EXPECT_EQ(faults.size(), 6);
  for (const std::string& fault : faults) EXPECT_EQ(fault.find("s3cret"), std::string::npos);
}

TEST(TelemetryConfig, TurnsEverythingOff) {
  TelemetryConfig config;
  switch_off(config);
  EXPECT_FALSE(config.is_tracing_enabled);
  EXPECT_FALSE(config.is_metrics_enabled);
  EXPECT_EQ(config.log_level, Severity::kOff);
}

}  // namespace
}  // namespace vigie::telemetry
