#include "server/http/slow_thresholds.hpp"

namespace vigie::http {

SlowThresholds::SlowThresholds(std::span<const Route* const> routes) : limits_ms_(routes.size()) {
  operations_.reserve(routes.size());
  for (const Route* route : routes) {
    operations_.push_back(route->operation);
    set(route->row, route->slow_after);
  }
}

// What is answered without a route of the table has no row.
SlowThresholds::Milliseconds SlowThresholds::of(const Route& route) const noexcept {
  return route.operation.empty() ? route.slow_after : at(route.row);
}

SlowThresholds::Milliseconds SlowThresholds::at(std::size_t row) const noexcept {
  return Milliseconds(limits_ms_[row].load(std::memory_order_relaxed));
}

void SlowThresholds::set(std::size_t row, Milliseconds threshold) noexcept {
  limits_ms_[row].store(threshold.count(), std::memory_order_relaxed);
}

}  // namespace vigie::http
