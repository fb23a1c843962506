#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "telemetry/catalogue/metric_type.hpp"
#include "telemetry/pipeline/retry_policy.hpp"
#include "telemetry/sampler.hpp"
#include "telemetry/severity.hpp"

namespace vigie::telemetry {

/// OTEL_BSP_*: how spans are gathered before they are sent.
struct BatchLimits {
  std::chrono::milliseconds schedule_delay{5000};
  /// For one batch, with all its retries.
  std::chrono::milliseconds export_timeout{30000};
  std::size_t queue_spans_max = 2048;
  std::size_t batch_spans_max = 512;
  std::size_t batch_bytes_max = std::size_t{1} << 20;
};

/// OTEL_BLRP_*: how log records are gathered for OTLP.
struct LogBatchLimits {
  std::chrono::milliseconds schedule_delay{1000};
  std::size_t batch_records_max = 512;
  std::size_t batch_bytes_max = std::size_t{1} << 20;
};

/// OTEL_LOGS_EXPORTER: lines on `log_fd`, or requests to a collector; never both.
enum class LogExporter : std::uint8_t { kConsole, kOtlp, kNone };

/// OTEL_EXPORTER_OTLP_* for one signal.
struct OtlpOptions {
  /// Full URL of the signal's endpoint; empty: it is not exported.
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  std::chrono::milliseconds timeout{10000};
  /// PEM file of trusted authorities; empty: the system's.
  std::string certificate;
  bool is_compressed = false;
};

/// What cannot be exported waits on disk.
struct SpoolLimits {
  /// Empty: nothing is spooled.
  std::string directory;
  /// Of all signals together.
  std::uint64_t bytes_max = std::uint64_t{256} << 20;
  /// Of one signal, when the back end is there again; uncompressed, however they are sent.
  std::uint64_t replay_bytes_per_second = std::uint64_t{4} << 20;
};

/// Everything the library can be told, with its defaults.
struct TelemetryConfig {
  /// Of the spans' instrumentation scope, and of the exporter as an HTTP client.
  std::string scope_name = "vigie";
  std::string service_name = "vigie";
  std::string service_version = "unknown";
  std::string revision = "unknown";
  std::vector<std::pair<std::string, std::string>> resource_attributes;

  Severity log_level = Severity::kInfo;
  int log_fd = 1;
  LogExporter log_exporter = LogExporter::kConsole;
  /// The metrics that the program declares; the library's own are always there.
  MetricTable metrics;
  bool is_metrics_enabled = true;
  bool is_tracing_enabled = true;
  SamplerKind sampler = SamplerKind::kParentBasedAlwaysOn;
  double sampler_ratio = 1.0;
  BatchLimits batch;
  RetryPolicy retry;
  LogBatchLimits log_batch;
  OtlpOptions otlp_traces;
  OtlpOptions otlp_logs;
  SpoolLimits spool;
  /// Memory for the last traces and log events, readable by on-call; 0: none are held.
  std::size_t recorder_bytes_max = 0;
};

/// Reads one variable of the environment.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Applies the OTEL_* variables to `config`. Returns every fault, each naming its variable and the
/// limit; `config` is to be used only when there is none.
std::vector<std::string> apply_environment(TelemetryConfig& config, const Environment& environment);

/// Switches everything off that costs time: metrics, logs and traces (to measure what they cost).
void switch_off(TelemetryConfig& config);

}  // namespace vigie::telemetry
