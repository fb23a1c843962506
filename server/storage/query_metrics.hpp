#pragma once

#include <array>
#include <atomic>
#include <optional>

#include "server/domain/code.hpp"
#include "server/storage/query.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::storage {

/// db_client_operation_duration_seconds of every query and outcome. Thread-safe.
class QueryMetrics {
 public:
  /// Those outcomes that every query can have exist, at 0, from the start.
  explicit QueryMetrics(telemetry::Metrics& metrics);

  telemetry::Histogram& duration(QueryName query, std::optional<domain::Code> error);

 private:
  static constexpr std::size_t kOutcomes = domain::kCodeNames.size() + 1;
  using Place = std::atomic<telemetry::Histogram*>;

  telemetry::Metrics& metrics_;
  std::array<std::array<Place, kOutcomes>, kQueryNames.size()> histograms_{};
};

}  // namespace vigie::storage
