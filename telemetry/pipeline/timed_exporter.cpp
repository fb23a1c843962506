#include "telemetry/pipeline/timed_exporter.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/clock.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::telemetry {

static_assert(metrics::kOperationErrors.size() ==
              static_cast<std::size_t>(ExportOutcome::Status::kRefused) + 1);

TimedExporter::TimedExporter(std::unique_ptr<Exporter> exporter, Signal signal, const Clock& clock,
                             Metrics& metrics)
    : exporter_(std::move(exporter)), clock_(clock) {
  const std::string_view type = metrics::kExporterTypes[static_cast<std::size_t>(signal)];
  for (std::size_t i = 0; i < durations_.size(); ++i) {
    durations_[i] =
        &metrics.histogram(metrics::kExportDuration, {type, metrics::kOperationErrors[i]});
  }
}

ExportOutcome TimedExporter::send(const EncodedBatch& batch) {
  const std::uint64_t began_ns = clock_.monotonic_ns();
  ExportOutcome outcome = exporter_->send(batch);
  const auto took_ns = static_cast<double>(clock_.monotonic_ns() - began_ns);
  durations_[static_cast<std::size_t>(outcome.status)]->observe(took_ns / 1e9);
  return outcome;
}

}  // namespace vigie::telemetry
