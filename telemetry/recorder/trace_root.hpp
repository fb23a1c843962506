#pragma once

#include <cstdint>
#include <string_view>

#include "telemetry/attribute_record.hpp"
#include "telemetry/trace_buffer.hpp"

/// What the recorder sorts finished traces by: their root spans. Pre: the trace has a span.
namespace vigie::telemetry {

inline const SpanRecord& root_of(const TraceBuffer& trace) noexcept {
  return trace.span(trace.first_span());
}

inline std::uint64_t duration_ns(const SpanRecord& span) noexcept {
  return span.end_ns > span.start_ns ? span.end_ns - span.start_ns : 0;
}

/// Null when the span has no such attribute.
const AttributeRecord* find_attribute(const TraceBuffer& trace, const SpanRecord& span,
                                      const AttributeKey& key) noexcept;

/// The root span's http.route; its name where there is none.
std::string_view route_of(const TraceBuffer& trace) noexcept;

}  // namespace vigie::telemetry
