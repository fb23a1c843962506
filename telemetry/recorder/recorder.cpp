#include "telemetry/recorder/recorder.hpp"

#include <string_view>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/config.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::telemetry {
namespace {

template <typename Part>
void collect_part(Metrics& metrics, std::string_view signal, const Part* part) {
  Gauge& records = metrics.gauge(metrics::kRecorderRecords, {signal});
  Gauge& bytes = metrics.gauge(metrics::kRecorderBytes, {signal});
  Gauge& limit = metrics.gauge(metrics::kRecorderBytesLimit, {signal});
  if (part == nullptr) return;
  limit.set(static_cast<double>(part->bytes_max()));
  metrics.collect_with([part, &records, &bytes] {
    records.set(static_cast<double>(part->count()));
    bytes.set(static_cast<double>(part->bytes()));
  });
}

}  // namespace

Recorder make_recorder(const TelemetryConfig& config) {
  Recorder recorder;
  if (config.recorder_bytes_max == 0) return recorder;
  const std::size_t for_logs = config.recorder_bytes_max / 4;
  if (config.is_tracing_enabled) {
    recorder.traces = std::make_unique<TraceRecorder>(config.recorder_bytes_max - for_logs);
  }
  recorder.logs =
      std::make_unique<LogRecorder>(for_logs, config.service_name, config.service_version);
  return recorder;
}

void collect_recorder(Metrics& metrics, const Recorder& recorder) {
  collect_part(metrics, metrics::kSignals[0], recorder.traces.get());
  collect_part(metrics, metrics::kSignals[1], recorder.logs.get());
  Counter& missed = metrics.counter(metrics::kRecorderMissedTraces);
  if (recorder.traces == nullptr) return;
  metrics.collect_with([&missed, &traces = *recorder.traces] {
    missed.set_total(static_cast<double>(traces.missed_count()));
  });
}

}  // namespace vigie::telemetry
