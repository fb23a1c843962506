#pragma once

#include "server/net/runtime.hpp"
#include "server/net/server.hpp"
#include "server/storage/database.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::app {

/// Where load is looked at when Prometheus scrapes.
struct LoadSources {
  net::Server& server;
  net::Runtime& runtime;
  net::CpuPool& password_pool;
  net::CpuPool& blob_pool;
  storage::Database& database;
};

/// Exports the load of the network layer and of the pools. The sources outlive the last
/// scrape.
void export_load(telemetry::Metrics& metrics, LoadSources sources);

/// The same of a process that serves no requests.
void export_worker_load(telemetry::Metrics& metrics, net::Runtime& runtime,
                        net::CpuPool& blob_pool);

}  // namespace vigie::app
