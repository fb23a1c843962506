#pragma once

#include <array>
#include <atomic>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "server/domain/code.hpp"
#include "server/storage/query.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::storage {

/// db_client_operation_duration_seconds of every query and outcome. Thread-safe.
class QueryMetrics {
 public:
  /// Those outcomes that every query can have exist, at 0, from the start.
  explicit QueryMetrics(telemetry::Metrics& metrics);

  telemetry::Histogram& duration(const Query& query, std::optional<domain::Code> error);

 private:
  void begin(const Query& query);

  static constexpr std::size_t kOutcomes = domain::kCodeNames.size() + 1;
  using Place = std::atomic<telemetry::Histogram*>;

  telemetry::Metrics& metrics_;
  /// By the name of the query: a literal. No name is added once it is made.
  std::unordered_map<std::string_view, std::array<Place, kOutcomes>> histograms_;
};

}  // namespace vigie::storage
