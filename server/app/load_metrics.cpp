#include "server/app/load_metrics.hpp"

#include <array>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "server/net/loop_lag.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::app {
namespace {

namespace metrics = telemetry::metrics;

void export_server(telemetry::Metrics& registry, net::Server& server) {
  registry.gauge(metrics::kHttpRequestsInFlightLimit)
      .set(static_cast<double>(server.pools().requests.limits().places));
  auto& connections = registry.gauge(metrics::kHttpConnections);
  std::array<telemetry::Counter*, net::kConnectionRefusalNames.size()> refused{};
  for (std::size_t reason = 0; reason < refused.size(); ++reason) {
    refused[reason] =
        &registry.counter(metrics::kHttpConnectionsRefused, {net::kConnectionRefusalNames[reason]});
  }
  std::array<telemetry::Counter*, net::kReaderFaultNames.size()> given_up{};
  for (std::size_t fault = 0; fault < given_up.size(); ++fault) {
    given_up[fault] =
        &registry.counter(metrics::kHttpReadersGivenUp, {net::kReaderFaultNames[fault]});
  }
  auto& idle_closed = registry.counter(metrics::kHttpIdleConnectionsClosed);
  registry.collect_with([&server, &connections, &idle_closed, refused, given_up] {
    const net::Load load = server.load();
    connections.set(static_cast<double>(load.connections));
    idle_closed.set_total(static_cast<double>(load.connections_given_up));
    for (std::size_t reason = 0; reason < refused.size(); ++reason) {
      refused[reason]->set_total(static_cast<double>(load.connections_refused[reason]));
    }
    for (std::size_t fault = 0; fault < given_up.size(); ++fault) {
      given_up[fault]->set_total(static_cast<double>(load.readers_given_up[fault]));
    }
  });
}

using Share = storage::Database::Share;

void export_share(telemetry::Metrics& registry, std::function<Share()> look) {
  const Share share = look();
  const std::string_view name = share.name;
  registry.gauge(metrics::kShareHeldLimit, {name}).set(static_cast<double>(share.places));
  registry.gauge(metrics::kShareLargestLimit, {name}).set(static_cast<double>(share.share));
  auto& held = registry.gauge(metrics::kShareHeld, {name});
  auto& largest = registry.gauge(metrics::kShareLargest, {name});
  std::array<telemetry::Counter*, domain::kShareRefusalNames.size()> refused{};
  for (std::size_t why = 0; why < refused.size(); ++why) {
    refused[why] =
        &registry.counter(metrics::kShareRefused, {name, domain::kShareRefusalNames[why]});
  }
  registry.collect_with([look = std::move(look), &held, &largest, refused] {
    const domain::SharePool::Load load = look().load;
    held.set(static_cast<double>(load.held));
    largest.set(static_cast<double>(load.largest_of_address));
    for (std::size_t why = 0; why < refused.size(); ++why) {
      refused[why]->set_total(static_cast<double>(load.refused[why]));
    }
  });
}

void export_share(telemetry::Metrics& registry, const domain::SharePool& pool) {
  export_share(registry, [&pool] {
    return Share{.name = pool.name(),
                 .places = pool.limits().places,
                 .share = pool.limits().per_address,
                 .load = pool.load()};
  });
}

void export_share(telemetry::Metrics& registry, const storage::Database& database,
                  storage::Database::SharedPool pool) {
  export_share(registry, [&database, pool] { return database.share(pool); });
}

void export_pool(telemetry::Metrics& registry, std::string_view name, net::CpuPool& pool) {
  auto& busy = registry.gauge(metrics::kWorkerThreads, {name, "busy"});
  auto& idle = registry.gauge(metrics::kWorkerThreads, {name, "idle"});
  auto& queued = registry.gauge(metrics::kWorkerQueueLength, {name});
  auto& capacity = registry.gauge(metrics::kWorkerQueueCapacity, {name});
  registry.collect_with([&pool, &busy, &idle, &queued, &capacity] {
    const net::CpuPool::Load load = pool.load();
    busy.set(static_cast<double>(load.busy));
    idle.set(static_cast<double>(load.threads - load.busy));
    queued.set(static_cast<double>(load.queued));
    capacity.set(static_cast<double>(load.queue_capacity));
  });
}

void export_lag(telemetry::Metrics& registry, net::Runtime& runtime) {
  auto& late = registry.histogram(metrics::kReactorLag);
  auto& overdue = registry.gauge(metrics::kReactorOverdue);
  // Owned by its refresher and by the ticks of the loops.
  const auto lag = std::make_shared<net::LoopLag>(
      runtime, [&late](net::LoopLag::Seconds by) { late.observe(by.count()); });
  registry.collect_with([lag, &overdue] { overdue.set(lag->overdue().count()); });
}

}  // namespace

void export_load(telemetry::Metrics& registry, LoadSources sources) {
  export_server(registry, sources.server);
  export_share(registry, sources.server.pools().requests);
  export_share(registry, sources.server.pools().streams);
  export_share(registry, sources.server.pools().connections);
  export_share(registry, sources.database, storage::Database::SharedPool::kLeased);
  export_share(registry, sources.database, storage::Database::SharedPool::kSlow);
  export_pool(registry, "password", sources.password_pool);
  export_worker_load(registry, sources.runtime, sources.blob_pool);
}

void export_worker_load(telemetry::Metrics& registry, net::Runtime& runtime,
                        net::CpuPool& blob_pool) {
  export_pool(registry, "blob", blob_pool);
  export_lag(registry, runtime);
  auto& running = registry.gauge(metrics::kFibers, {"running"});
  auto& pooled = registry.gauge(metrics::kFibers, {"pooled"});
  registry.collect_with([&runtime, &running, &pooled] {
    running.set(static_cast<double>(runtime.fibers_running()));
    pooled.set(static_cast<double>(runtime.fibers_pooled()));
  });
}

}  // namespace vigie::app
