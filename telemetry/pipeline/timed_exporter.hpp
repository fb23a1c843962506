#pragma once

#include <array>
#include <memory>

#include "telemetry/ledger.hpp"
#include "telemetry/pipeline/exporter.hpp"

namespace vigie::telemetry {

class Clock;
class Histogram;
class Metrics;

/// Measures each call of another exporter's `send`, under the name of the semantic conventions.
class TimedExporter final : public Exporter {
 public:
  /// The references outlive it.
  TimedExporter(std::unique_ptr<Exporter> exporter, Signal signal, const Clock& clock,
                Metrics& metrics);

  ExportOutcome send(const EncodedBatch& batch) override;
  void cancel() noexcept override { exporter_->cancel(); }

 private:
  std::unique_ptr<Exporter> exporter_;
  const Clock& clock_;
  /// By status.
  std::array<Histogram*, static_cast<std::size_t>(ExportOutcome::Status::kRefused) + 1>
      durations_{};
};

}  // namespace vigie::telemetry
