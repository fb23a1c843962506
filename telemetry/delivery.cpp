#include "telemetry/delivery.hpp"

#include <string>
#include <utility>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/otlp/http_exporter.hpp"
#include "telemetry/pipeline/timed_exporter.hpp"

namespace vigie::telemetry {
namespace {

const OtlpOptions& otlp_of(const TelemetryConfig& config, Signal signal) {
  return signal == Signal::kTraces ? config.otlp_traces : config.otlp_logs;
}

bool is_exported(const TelemetryConfig& config, Signal signal) {
  const bool is_wanted = signal == Signal::kTraces ? config.is_tracing_enabled
                                                   : config.log_exporter == LogExporter::kOtlp &&
                                                         config.log_level != Severity::kOff;
  return is_wanted && !otlp_of(config, signal).url.empty();
}

// The disk is shared out evenly.
SpoolOptions spool_options(const TelemetryConfig& config, Signal signal) {
  SpoolOptions options;
  options.directory = std::string(config.spool.directory).append("/").append(name_of(signal));
  const bool is_shared = is_exported(config, Signal::kTraces) && is_exported(config, Signal::kLogs);
  options.bytes_max = config.spool.bytes_max / (is_shared ? 2 : 1);
  options.given_as = otlp_of(config, signal).is_compressed ? Coding::kGzip : Coding::kPlain;
  return options;
}

CourierOptions courier_options(const TelemetryConfig& config, Signal signal) {
  CourierOptions options;
  options.signal = signal;
  options.retry = config.retry;
  options.export_timeout = config.batch.export_timeout;
  options.replay_bytes_per_second = config.spool.replay_bytes_per_second;
  if (!config.spool.directory.empty()) options.spool = spool_options(config, signal);
  return options;
}

}  // namespace

Delivery::Delivery(std::unique_ptr<Exporter> sender, const CourierOptions& options,
                   const Clock& clock, Ledger& ledger)
    : exporter(std::move(sender)), courier(options, *exporter, clock, ledger) {}

std::unique_ptr<Delivery> make_delivery(const TelemetryConfig& config, Signal signal,
                                        const Clock& clock, Ledger& ledger, Metrics& metrics) {
  if (!is_exported(config, signal)) return nullptr;
  auto exporter = std::make_unique<OtlpHttpExporter>(
      otlp_of(config, signal), config.scope_name + "/" + config.service_version);
  return std::make_unique<Delivery>(
      std::make_unique<TimedExporter>(std::move(exporter), signal, clock, metrics),
      courier_options(config, signal), clock, ledger);
}

OtlpResource resource_of(const TelemetryConfig& config) {
  OtlpResource resource;
  resource.attributes = config.resource_attributes;
  resource.attributes.emplace_back("service.name", config.service_name);
  resource.attributes.emplace_back("service.version", config.service_version);
  resource.attributes.emplace_back("telemetry.sdk.name", "vigie");
  resource.attributes.emplace_back("telemetry.sdk.language", "cpp");
  resource.scope_name = config.scope_name;
  resource.scope_version = config.service_version;
  return resource;
}

void collect_spool(Metrics& metrics, Signal signal, const Delivery* delivery) {
  Gauge& bytes = metrics.gauge(metrics::kTelemetrySpoolBytes, {name_of(signal)});
  Gauge& limit = metrics.gauge(metrics::kTelemetrySpoolBytesLimit, {name_of(signal)});
  Counter& corrupt = metrics.counter(metrics::kTelemetrySpoolCorruptSegments, {name_of(signal)});
  if (delivery == nullptr) return;
  limit.set(static_cast<double>(delivery->courier.spool_bytes_max()));
  metrics.collect_with([delivery, &bytes, &corrupt] {
    bytes.set(static_cast<double>(delivery->courier.spool_bytes()));
    corrupt.set_total(static_cast<double>(delivery->courier.corrupt_segment_count()));
  });
}

}  // namespace vigie::telemetry
