#include "server/storage/query_metrics.hpp"

#include "server/storage/event_list_query.hpp"
#include "server/storage/sql/table.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::storage {
namespace {

using domain::Code;

/// Those that have no file.
constexpr auto kOthers = std::to_array<Query>(
    {{.name = kListName}, {.name = kSearchName}, {.name = kDiagnostic, .is_aside = true}});

// Every query has its own value of the label, or the newest ones would all be "other".
static_assert(telemetry::metrics::kDbClientOperationDuration.labels[1].name == "db_query_summary");
static_assert(telemetry::metrics::kDbClientOperationDuration.labels[1].bound >=
              sql::kQueries.size() + kOthers.size());

}  // namespace

QueryMetrics::QueryMetrics(telemetry::Metrics& metrics) : metrics_(metrics) {
  for (const Query* query : sql::kQueries) begin(*query);
  for (const Query& query : kOthers) begin(query);
}

void QueryMetrics::begin(const Query& query) {
  histograms_.try_emplace(query.name);
  if (query.is_aside) return;
  duration(query, std::nullopt);
  for (const Code code : {Code::kUnavailable, Code::kDeadlineExceeded, Code::kOverloaded}) {
    duration(query, code);
  }
}

telemetry::Histogram& QueryMetrics::duration(const Query& query, std::optional<Code> error) {
  const std::size_t outcome = error ? static_cast<std::size_t>(*error) + 1 : 0;
  Place& place = histograms_.at(query.name)[outcome];
  telemetry::Histogram* histogram = place.load(std::memory_order_acquire);
  if (histogram != nullptr) return *histogram;
  // Two threads may both come here: the registry gives both the same one.
  histogram = &metrics_.histogram(telemetry::metrics::kDbClientOperationDuration,
                                  {"postgresql", query.name, error ? domain::name_of(*error) : ""});
  place.store(histogram, std::memory_order_release);
  return *histogram;
}

}  // namespace vigie::storage
