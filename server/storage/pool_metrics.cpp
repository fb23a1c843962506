#include "server/storage/pool_metrics.hpp"

#include "telemetry/catalogue/metrics.hpp"

namespace vigie::storage {

namespace catalogue = telemetry::metrics;

PoolMetrics::PoolMetrics(telemetry::Metrics& metrics, std::string_view name)
    : pool(name),
      idle(metrics.gauge(catalogue::kDbClientConnections, {name, "idle"})),
      used(metrics.gauge(catalogue::kDbClientConnections, {name, "used"})),
      max(metrics.gauge(catalogue::kDbClientConnectionMax, {name})),
      pending(metrics.gauge(catalogue::kDbClientConnectionPendingRequests, {name})),
      timeouts(metrics.counter(catalogue::kDbClientConnectionTimeouts, {name})),
      wait_time(metrics.histogram(catalogue::kDbClientConnectionWaitTime, {name})),
      create_time(metrics.histogram(catalogue::kDbClientConnectionCreateTime, {name})) {}

}  // namespace vigie::storage
