#pragma once

#include <cstddef>
#include <string_view>

#include "server/domain/share_pool.hpp"
#include "server/storage/options.hpp"

namespace vigie::storage {

/// What callers hold of the leased connections of one reactor, and of the queue for them
/// (decision 34). Thread-safe, so that a scrape may look.
struct LeaseShares {
  struct Pool {
    Pool(std::string_view name, std::size_t places, std::size_t share,
         const DatabaseOptions& options)
        : connections(name, {.places = places, .per_account = share, .per_address = share}),
          waiting(name, {.places = options.lease_waiters_max,
                         .per_account = options.lease_waiters_per_caller_max,
                         .per_address = options.lease_waiters_per_caller_max}) {}

    domain::SharePool connections;
    domain::SharePool waiting;
  };

  explicit LeaseShares(const DatabaseOptions& options)
      : leased("leased", options.leased_connections, options.leased_per_caller_max, options),
        slow("slow", options.slow_connections, half_of(options.slow_connections), options) {}

  /// Connections of both lanes; who waits for one to write.
  Pool leased;
  /// Those of slow reads among them; who waits for one to read slowly.
  Pool slow;
};

}  // namespace vigie::storage
