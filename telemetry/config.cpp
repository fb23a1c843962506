#include "telemetry/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "telemetry/environment_reader.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::int64_t kTimeoutMsMax = 600'000;
constexpr std::size_t kQueueSpansMax = 1'000'000;
constexpr std::string_view kDefaultEndpoint = "http://localhost:4318";
constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";

bool is_url(std::string_view url) {
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!url.starts_with(scheme) || url.size() == scheme.size()) continue;
    const bool has_host = url[scheme.size()] != '/' && url[scheme.size()] != ':';
    return has_host &&
           std::all_of(url.begin(), url.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  }
  return false;
}

bool is_header_name(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kTokenMarks.find(c) != std::string_view::npos;
  });
}

bool is_header_value(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
}

void read_sampler(EnvironmentReader& reader, TelemetryConfig& config) {
  if (const auto name = reader.text("OTEL_TRACES_SAMPLER")) {
    if (const auto kind = parse_sampler(*name)) {
      config.sampler = *kind;
    } else {
      reader.fault("OTEL_TRACES_SAMPLER",
                   "must be always_on, always_off, traceidratio, or parentbased_ before one of "
                   "these");
    }
  }
  const auto text = reader.text("OTEL_TRACES_SAMPLER_ARG");
  if (!text) return;
  double ratio = -1;
  const char* end = text->data() + text->size();
  const auto [stopped, error] = std::from_chars(text->data(), end, ratio);
  if (error != std::errc{} || stopped != end || !(ratio >= 0 && ratio <= 1)) {
    return reader.fault("OTEL_TRACES_SAMPLER_ARG", "must be a ratio from 0 to 1");
  }
  config.sampler_ratio = ratio;
}

void read_resource(EnvironmentReader& reader, TelemetryConfig& config) {
  for (auto& pair : reader.pairs("OTEL_RESOURCE_ATTRIBUTES")) {
    if (pair.first == "service.name") {
      config.service_name = pair.second;
    } else {
      config.resource_attributes.push_back(std::move(pair));
    }
  }
  if (auto name = reader.text("OTEL_SERVICE_NAME")) config.service_name = *name;
}

void read_batch(EnvironmentReader& reader, BatchLimits& batch) {
  reader.milliseconds("OTEL_BSP_SCHEDULE_DELAY", batch.schedule_delay, kTimeoutMsMax);
  reader.milliseconds("OTEL_BSP_EXPORT_TIMEOUT", batch.export_timeout, kTimeoutMsMax);
  reader.count("OTEL_BSP_MAX_QUEUE_SIZE", batch.queue_spans_max, 1, kQueueSpansMax);
  reader.count("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", batch.batch_spans_max, 1, kQueueSpansMax);
  if (batch.batch_spans_max > batch.queue_spans_max) {
    reader.fault("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "must not be over OTEL_BSP_MAX_QUEUE_SIZE, " +
                                                       std::to_string(batch.queue_spans_max));
  }
}

void read_log_batch(EnvironmentReader& reader, LogBatchLimits& batch) {
  reader.milliseconds("OTEL_BLRP_SCHEDULE_DELAY", batch.schedule_delay, kTimeoutMsMax);
  reader.count("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE", batch.batch_records_max, 1, kQueueSpansMax);
}

// The variables of one signal; each has a general one beside it.
struct SignalVariables {
  const char* endpoint;
  const char* protocol;
  const char* headers;
  const char* timeout;
  const char* compression;
  const char* certificate;
  /// Appended to the general endpoint.
  std::string_view path;
};

constexpr SignalVariables kTraces{.endpoint = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
                                  .protocol = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
                                  .headers = "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
                                  .timeout = "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
                                  .compression = "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
                                  .certificate = "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
                                  .path = "/v1/traces"};

constexpr SignalVariables kLogs{.endpoint = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
                                .protocol = "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
                                .headers = "OTEL_EXPORTER_OTLP_LOGS_HEADERS",
                                .timeout = "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT",
                                .compression = "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION",
                                .certificate = "OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE",
                                .path = "/v1/logs"};

void check_protocol(EnvironmentReader& reader, const SignalVariables& signal) {
  const auto protocol = reader.first_of(signal.protocol, "OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol && protocol->second != "http/protobuf") {
    reader.fault(protocol->first, "must be http/protobuf");
  }
}

// A signal's own endpoint is used as it is; the general one is a base.
std::string endpoint_of(EnvironmentReader& reader, const SignalVariables& signal) {
  const auto given = reader.first_of(signal.endpoint, "OTEL_EXPORTER_OTLP_ENDPOINT");
  if (!given) return {};
  const auto& [name, url] = *given;
  if (!is_url(url)) reader.fault(name, "must be a URL that begins with http:// or https://");
  if (name == signal.endpoint) return url;
  return url.substr(0, url.size() - (url.ends_with('/') ? 1 : 0)).append(signal.path);
}

std::string default_url(const SignalVariables& signal) {
  return std::string(kDefaultEndpoint).append(signal.path);
}

void read_trace_exporter(EnvironmentReader& reader, OtlpOptions& otlp) {
  const std::string url = endpoint_of(reader, kTraces);
  const std::string exporter = reader.text("OTEL_TRACES_EXPORTER").value_or("");
  if (!exporter.empty() && exporter != "none" && exporter != "otlp") {
    reader.fault("OTEL_TRACES_EXPORTER",
                 "must be otlp or none; spans are not written to a console");
  }
  if (!url.empty()) otlp.url = url;
  if (exporter == "none") otlp.url.clear();
  if (exporter == "otlp" && otlp.url.empty()) otlp.url = default_url(kTraces);
}

void read_log_exporter(EnvironmentReader& reader, TelemetryConfig& config) {
  const std::string exporter = reader.text("OTEL_LOGS_EXPORTER").value_or("console");
  if (exporter == "otlp") {
    config.log_exporter = LogExporter::kOtlp;
    const std::string url = endpoint_of(reader, kLogs);
    config.otlp_logs.url = url.empty() ? default_url(kLogs) : url;
  } else if (exporter == "none") {
    config.log_exporter = LogExporter::kNone;
  } else if (exporter != "console") {
    reader.fault("OTEL_LOGS_EXPORTER", "must be console, otlp or none");
  }
}

void read_headers(EnvironmentReader& reader, const std::string& variable, OtlpOptions& otlp) {
  for (auto& header : reader.pairs(variable)) {
    if (!is_header_name(header.first) || !is_header_value(header.second)) {
      return reader.fault(variable, "has a name or value that no HTTP header may have");
    }
    std::erase_if(otlp.headers, [&](const auto& known) { return known.first == header.first; });
    otlp.headers.push_back(std::move(header));
  }
}

void read_otlp(EnvironmentReader& reader, const SignalVariables& signal, OtlpOptions& otlp) {
  check_protocol(reader, signal);
  read_headers(reader, "OTEL_EXPORTER_OTLP_HEADERS", otlp);
  read_headers(reader, signal.headers, otlp);
  reader.milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT", otlp.timeout, kTimeoutMsMax);
  reader.milliseconds(signal.timeout, otlp.timeout, kTimeoutMsMax);
  if (const auto compression =
          reader.first_of(signal.compression, "OTEL_EXPORTER_OTLP_COMPRESSION")) {
    otlp.is_compressed = compression->second == "gzip";
    if (!otlp.is_compressed && compression->second != "none") {
      reader.fault(compression->first, "must be gzip or none");
    }
  }
  if (const auto file = reader.first_of(signal.certificate, "OTEL_EXPORTER_OTLP_CERTIFICATE")) {
    otlp.certificate = file->second;
    if (access(otlp.certificate.c_str(), R_OK) != 0) {
      reader.fault(file->first, "must be a file that can be read");
    }
  }
}

void read_exporters(EnvironmentReader& reader, TelemetryConfig& config) {
  read_trace_exporter(reader, config.otlp_traces);
  read_otlp(reader, kTraces, config.otlp_traces);
  read_log_exporter(reader, config);
  // A general variable's fault is told once.
  if (config.log_exporter == LogExporter::kOtlp) read_otlp(reader, kLogs, config.otlp_logs);
}

}  // namespace

std::vector<std::string> apply_environment(TelemetryConfig& config,
                                           const Environment& environment) {
  EnvironmentReader reader(environment);
  read_resource(reader, config);
  read_sampler(reader, config);
  read_batch(reader, config.batch);
  read_log_batch(reader, config.log_batch);
  read_exporters(reader, config);
  bool is_disabled = !config.is_tracing_enabled;
  reader.flag("OTEL_SDK_DISABLED", is_disabled);
  config.is_tracing_enabled = !is_disabled;
  // Lines on the console are the server's own, not the SDK's.
  if (is_disabled && config.log_exporter == LogExporter::kOtlp) {
    config.log_exporter = LogExporter::kConsole;
  }
  return reader.take_faults();
}

void switch_off(TelemetryConfig& config) {
  config.is_tracing_enabled = false;
  config.is_metrics_enabled = false;
  config.log_level = Severity::kOff;
  config.recorder_bytes_max = 0;
}

}  // namespace vigie::telemetry
