#include "server/blob/blob_metrics.hpp"

#include "telemetry/catalogue/metrics.hpp"

namespace vigie::blob {

using domain::Code;

static_assert(telemetry::metrics::kBlobOperations.size() == kOperationCount);

std::string_view name_of(Operation operation) noexcept {
  return telemetry::metrics::kBlobOperations[static_cast<std::size_t>(operation)];
}

BlobMetrics::BlobMetrics(telemetry::Metrics& metrics, std::string_view store)
    : metrics_(metrics), store_(store) {
  for (std::size_t i = 0; i < kOperationCount; ++i) {
    const auto operation = static_cast<Operation>(i);
    duration(operation, std::nullopt);
    for (const Code code : {Code::kUnavailable, Code::kDeadlineExceeded, Code::kOverloaded}) {
      duration(operation, code);
    }
  }
  for (const Operation writing : {Operation::kWritePart, Operation::kJoin, Operation::kPut}) {
    duration(writing, Code::kStorageFull);
  }
}

telemetry::Histogram& BlobMetrics::duration(Operation operation, std::optional<Code> error) {
  const std::size_t outcome = error ? static_cast<std::size_t>(*error) + 1 : 0;
  auto& place = places_[static_cast<std::size_t>(operation)][outcome];
  telemetry::Histogram* histogram = place.load(std::memory_order_acquire);
  if (histogram != nullptr) return *histogram;
  // Two threads may both come here: the registry gives both the same one.
  histogram = &metrics_.histogram(
      telemetry::metrics::kBlobOperationDuration,
      {store_, name_of(operation), error ? domain::name_of(*error) : std::string_view()});
  place.store(histogram, std::memory_order_release);
  return *histogram;
}

}  // namespace vigie::blob
