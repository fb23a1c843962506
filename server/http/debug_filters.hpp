#pragma once

#include "server/domain/result.hpp"
#include "server/http/query_parameters.hpp"
#include "telemetry/recorder/log_recorder.hpp"
#include "telemetry/recorder/trace_recorder.hpp"

namespace vigie::http {

/// route, min_ms, error and limit; kValidationFailed names what is wrong, as read_filter.
domain::Result<telemetry::TraceFilter> parse_trace_filter(const QueryParameters& parameters);

/// level, correlation_id, trace_id, since (an instant, or how long ago), event, route and limit.
domain::Result<telemetry::LogFilter> parse_log_filter(const QueryParameters& parameters);

}  // namespace vigie::http
