#pragma once

#include <optional>

#include "server/http/message.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::http {

/// Reads what a caller tells of its trace (W3C Trace Context level 2), and checks its baggage (W3C
/// Baggage), which nothing here uses yet. Malformed headers are left out, counted and never logged.
class CallerContext {
 public:
  explicit CallerContext(telemetry::Metrics& metrics);

  std::optional<telemetry::TraceParent> of(const Request& request) const;

 private:
  telemetry::Counter& malformed_traceparents_;
  telemetry::Counter& malformed_tracestates_;
  telemetry::Counter& malformed_baggage_;
};

}  // namespace vigie::http
