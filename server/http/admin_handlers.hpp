#pragma once

#include <atomic>
#include <chrono>
#include <span>

#include "server/domain/result.hpp"
#include "server/http/admin.hpp"
#include "server/http/console/traffic_history.hpp"
#include "server/http/exchange.hpp"
#include "server/http/route.hpp"

namespace vigie::http {

struct AdminResources {
  AdminDependencies given;
  std::chrono::steady_clock::time_point started_at;
  console::TrafficHistory traffic;
  /// Set while a bundle is being written.
  std::atomic_flag is_bundle_taken;
};

using AdminHandler = domain::Result<Response> (*)(AdminResources& resources, Exchange& exchange);

/// One row of the admin port.
struct AdminRoute {
  Route route;
  AdminHandler handler;
};

std::span<const AdminRoute> admin_routes() noexcept;

}  // namespace vigie::http
