#pragma once

#include "server/http/admin_handlers.hpp"

namespace vigie::http {

/// {"sampler": …, "ratio": …, "slow_ms": {operation: …}}.
domain::Result<Response> show_sampling(AdminResources& resources, Exchange& exchange);

/// Takes `ratio`, `slow_ms` or both, and of `slow_ms` the operations to change. Answers as
/// show_sampling. All of it is applied, or nothing.
domain::Result<Response> change_sampling(AdminResources& resources, Exchange& exchange);

}  // namespace vigie::http
