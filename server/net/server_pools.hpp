#pragma once

#include "server/domain/share_pool.hpp"
#include "server/net/limits.hpp"

namespace vigie::net {

/// What callers hold of a server while they are served, each with its share (decision 34).
/// Thread-safe.
struct ServerPools {
  explicit ServerPools(const Limits& limits)
      : requests("requests", {.places = limits.requests_in_flight_max,
                              .per_account = limits.requests_per_account_max,
                              .per_address = limits.requests_per_address_max}),
        streams("streams", {.places = limits.streams_max,
                            .per_account = limits.streams_per_account_max,
                            .per_address = limits.streams_per_address_max}) {}

  domain::SharePool requests;
  domain::SharePool streams;
};

}  // namespace vigie::net
