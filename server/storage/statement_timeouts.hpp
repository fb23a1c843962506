#pragma once

#include <chrono>

#include "server/domain/context.hpp"
#include "server/net/waiting.hpp"
#include "server/storage/options.hpp"
#include "server/storage/parameters.hpp"

namespace vigie::storage {

/// When a call of this context must end: background work without a deadline does not wait for ever
/// either.
net::TimePoint deadline_of(const domain::Context& context, const DatabaseOptions& options);

/// The values of sql::transaction::kSetTimeouts: what is left until the deadline, under the caps;
/// and whether tables may be read from end to end.
Parameters timeouts_until(net::TimePoint deadline, const DatabaseOptions& options,
                          bool is_by_index = false);

}  // namespace vigie::storage
