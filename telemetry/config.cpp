#include "telemetry/config.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "telemetry/environment_reader.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::int64_t kTimeoutMsMax = 600'000;
constexpr std::size_t kQueueSpansMax = 1'000'000;
constexpr std::string_view kDefaultEndpoint = "http://localhost:4318";
constexpr std::string_view kTokenMarks = "!#$%&'*+-.^_`|~";
constexpr std::string_view kTracesPath = "/v1/traces";

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

void check_protocol(EnvironmentReader& reader) {
  const auto protocol =
      reader.first_of("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL");
  if (protocol && protocol->second != "http/protobuf") {
    reader.fault(protocol->first, "must be http/protobuf");
  }
}

// A signal's own endpoint is used as it is; the general one is a base.
std::string traces_endpoint(EnvironmentReader& reader) {
  const auto given =
      reader.first_of("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
  if (!given) return {};
  const auto& [name, url] = *given;
  if (!is_url(url)) reader.fault(name, "must be a URL that begins with http:// or https://");
  if (name == "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") return url;
  return url.substr(0, url.size() - (url.ends_with('/') ? 1 : 0)).append(kTracesPath);
}

void read_endpoint(EnvironmentReader& reader, OtlpOptions& otlp) {
  const std::string url = traces_endpoint(reader);
  const std::string exporter = reader.text("OTEL_TRACES_EXPORTER").value_or("");
  if (!exporter.empty() && exporter != "none" && exporter != "otlp") {
    reader.fault("OTEL_TRACES_EXPORTER", "must be otlp or none");
  }
  if (!url.empty()) otlp.url = url;
  if (exporter == "none") otlp.url.clear();
  if (exporter == "otlp" && otlp.url.empty()) {
    otlp.url = std::string(kDefaultEndpoint).append(kTracesPath);
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

void read_otlp(EnvironmentReader& reader, OtlpOptions& otlp) {
  check_protocol(reader);
  read_endpoint(reader, otlp);
  read_headers(reader, "OTEL_EXPORTER_OTLP_HEADERS", otlp);
  read_headers(reader, "OTEL_EXPORTER_OTLP_TRACES_HEADERS", otlp);
  reader.milliseconds("OTEL_EXPORTER_OTLP_TIMEOUT", otlp.timeout, kTimeoutMsMax);
  reader.milliseconds("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", otlp.timeout, kTimeoutMsMax);
  if (const auto compression = reader.first_of("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
                                               "OTEL_EXPORTER_OTLP_COMPRESSION")) {
    otlp.is_compressed = compression->second == "gzip";
    if (!otlp.is_compressed && compression->second != "none") {
      reader.fault(compression->first, "must be gzip or none");
    }
  }
  if (const auto file = reader.first_of("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
                                        "OTEL_EXPORTER_OTLP_CERTIFICATE")) {
    otlp.certificate = file->second;
    if (access(otlp.certificate.c_str(), R_OK) != 0) {
      reader.fault(file->first, "must be a file that can be read");
    }
  }
}

}  // namespace

std::vector<std::string> apply_environment(TelemetryConfig& config,
                                           const Environment& environment) {
  EnvironmentReader reader(environment);
  read_resource(reader, config);
  read_sampler(reader, config);
  read_batch(reader, config.batch);
  read_otlp(reader, config.otlp_traces);
  bool is_disabled = !config.is_tracing_enabled;
  reader.flag("OTEL_SDK_DISABLED", is_disabled);
  config.is_tracing_enabled = !is_disabled;
  return reader.take_faults();
}

void switch_off(TelemetryConfig& config) {
  config.is_tracing_enabled = false;
  config.is_metrics_enabled = false;
  config.log_level = Severity::kOff;
}

}  // namespace vigie::telemetry
