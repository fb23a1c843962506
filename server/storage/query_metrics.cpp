#include "server/storage/query_metrics.hpp"

#include "telemetry/catalogue/metrics.hpp"

namespace vigie::storage {

using domain::Code;

// Every query has its own value of the label, or the newest ones would all be "other".
static_assert(telemetry::metrics::kDbClientOperationDuration.labels[1].name == "db_query_summary");
static_assert(telemetry::metrics::kDbClientOperationDuration.labels[1].bound >= kQueryNames.size());

QueryMetrics::QueryMetrics(telemetry::Metrics& metrics) : metrics_(metrics) {
  for (std::size_t i = 0; i < kQueryNames.size(); ++i) {
    const auto name = static_cast<QueryName>(i);
    // Queries that only travel with others, and those of operators, come when they come.
    if (name >= QueryName::kSetTimeouts) continue;
    duration(name, std::nullopt);
    for (const Code code : {Code::kUnavailable, Code::kDeadlineExceeded, Code::kOverloaded}) {
      duration(name, code);
    }
  }
}

telemetry::Histogram& QueryMetrics::duration(QueryName query, std::optional<Code> error) {
  const std::size_t outcome = error ? static_cast<std::size_t>(*error) + 1 : 0;
  Place& place = histograms_[static_cast<std::size_t>(query)][outcome];
  telemetry::Histogram* histogram = place.load(std::memory_order_acquire);
  if (histogram != nullptr) return *histogram;
  // Two threads may both come here: the registry gives both the same one.
  histogram =
      &metrics_.histogram(telemetry::metrics::kDbClientOperationDuration,
                          {"postgresql", name_of(query), error ? domain::name_of(*error) : ""});
  place.store(histogram, std::memory_order_release);
  return *histogram;
}

}  // namespace vigie::storage
