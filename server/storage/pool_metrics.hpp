#pragma once

#include <string_view>

#include "telemetry/metrics.hpp"

namespace vigie::storage {

/// The metrics of one kind of connections, over all reactors. Thread-safe.
struct PoolMetrics {
  PoolMetrics(telemetry::Metrics& metrics, std::string_view pool);

  std::string_view pool;  // a literal
  telemetry::Gauge& idle;
  telemetry::Gauge& used;
  telemetry::Gauge& max;
  telemetry::Gauge& pending;
  telemetry::Counter& timeouts;
  telemetry::Histogram& wait_time;
  telemetry::Histogram& create_time;
};

}  // namespace vigie::storage
