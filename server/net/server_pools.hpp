#pragma once

#include "server/domain/share_pool.hpp"
#include "server/net/limits.hpp"

namespace vigie::net {

/// What callers hold of a server while they are served, each with its share (decision 34).
/// Thread-safe.
struct ServerPools {
  explicit ServerPools(const Limits& limits)
      : connections("connections", {.places = limits.connections_max,
                                    .per_account = domain::SharePool::kUnbounded,
                                    .per_address = limits.connections_per_address_max}),
        requests("requests", {.places = limits.requests_in_flight_max,
                              .per_account = limits.requests_per_account_max,
                              .per_address = limits.requests_per_address_max}),
        streams("streams", {.places = limits.streams_max,
                            .per_account = limits.streams_per_account_max,
                            .per_address = limits.streams_per_address_max}) {}

  /// So many connections are open that idle ones are given up: nine in ten.
  bool is_short_of_connections() const noexcept {
    const std::size_t places = connections.limits().places;
    return connections.held() >= places - places / 10;
  }

  domain::SharePool connections;
  domain::SharePool requests;
  domain::SharePool streams;
};

}  // namespace vigie::net
