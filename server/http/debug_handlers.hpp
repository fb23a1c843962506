#pragma once

#include "server/http/admin_handlers.hpp"
#include "server/http/problem_type.hpp"

/// What on-call asks a process for. Nothing here waits for anything outside of it.
namespace vigie::http {

inline constexpr ProblemType kRecorderOff{"recorder_off", 404,
                                          "The process holds no traces or log lines"};

/// What became of every telemetry record, as telemetry::ledger_json.
domain::Result<Response> show_ledger(AdminResources& resources, Exchange& exchange);

/// {"items": [summary]} of recorded traces, the newest first.
domain::Result<Response> list_traces(AdminResources& resources, Exchange& exchange);

/// {"trace_id", "requests": [summary], "request_count", "spans": [], "logs": []}: the last requests
/// of one trace that were answered here, the oldest first, and its log lines.
domain::Result<Response> show_trace(AdminResources& resources, Exchange& exchange);

/// {"items": [line]}: the last log lines, the oldest first. Lines that say the same are one, with
/// "repeated_count" and "first_timestamp", unless those of one request are asked for.
domain::Result<Response> list_logs(AdminResources& resources, Exchange& exchange);

}  // namespace vigie::http
