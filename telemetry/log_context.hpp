#pragma once

#include <string_view>

#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

class Trace;

/// What ties a log line to its request. All may be empty. A parameter type: it views the id.
struct LogContext {
  TraceId trace_id;
  SpanId span_id;
  std::string_view correlation_id;
};

/// The context of the innermost open span; a null trace gives one with the correlation id alone.
LogContext context_of(const Trace* trace, std::string_view correlation_id) noexcept;

}  // namespace vigie::telemetry
