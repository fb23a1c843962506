#pragma once

#include "telemetry/json_writer.hpp"
#include "telemetry/recorder/recorded_trace.hpp"

namespace vigie::telemetry {

/// {"trace_id", "correlation_id", "route", "method", "status", "start", "duration_ms", "error",
/// "error_type", "span_count", "lost_span_count", "keep_reason", "recorded_as": ["recent",
/// "slowest", "failed"]}. What is not known is null.
void write_trace_summary(const FoundTrace& found, JsonWriter& out);

/// Each span as a value of the array that is open: {"trace_id", "span_id", "parent_span_id",
/// "name", "kind", "start", "duration_ms", "error", "description", "attributes": {}, "events":
/// [{"name", "time", "attributes": {}}], "links": [{"trace_id", "span_id"}]}.
void write_spans(const TraceBuffer& trace, JsonWriter& out);

}  // namespace vigie::telemetry
