#pragma once

#include "server/http/admin_handlers.hpp"
#include "server/http/problem_type.hpp"

namespace vigie::http {

inline constexpr ProblemType kBundleInProgress{"bundle_in_progress", 503,
                                               "Somebody else is taking a bundle", 5};

/// A tar.gz for an incident: traces.json, logs.ndjson, metrics.txt, ledger.json,
/// configuration.json (secrets masked), build.json and readiness.json. One at a time, each file
/// made when its turn comes.
domain::Result<Response> show_bundle(AdminResources& resources, Exchange& exchange);

}  // namespace vigie::http
