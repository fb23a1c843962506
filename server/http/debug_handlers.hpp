#pragma once

#include "server/http/admin_handlers.hpp"

namespace vigie::http {

/// What became of every telemetry record, as telemetry::ledger_json.
domain::Result<Response> show_ledger(AdminResources& resources, Exchange& exchange);

}  // namespace vigie::http
