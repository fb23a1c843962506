#pragma once

#include <optional>
#include <string_view>

#include "server/http/address_ranges.hpp"
#include "server/http/message.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::http {

/// Reads what a caller tells of its trace (W3C Trace Context level 2), and checks its baggage (W3C
/// Baggage), which nothing here uses yet. Malformed headers are left out, counted and never logged.
/// Only the callers of `trusted` decide whether their traces are kept.
class CallerContext {
 public:
  CallerContext(telemetry::Metrics& metrics, AddressRanges trusted);

  std::optional<telemetry::TraceParent> of(const Request& request,
                                           std::string_view client_address) const;

 private:
  telemetry::Counter& malformed_traceparents_;
  telemetry::Counter& malformed_tracestates_;
  telemetry::Counter& malformed_baggage_;
  AddressRanges trusted_;
};

}  // namespace vigie::http
