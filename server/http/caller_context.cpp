#include "server/http/caller_context.hpp"

#include <string>

#include "server/http/ascii.hpp"
#include "telemetry/baggage.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::http {
namespace {

constexpr std::string_view kTraceParent = "traceparent";
constexpr std::string_view kTraceState = "tracestate";
constexpr std::string_view kBaggage = "baggage";

telemetry::Counter& counter_of(telemetry::Metrics& metrics, std::string_view header) {
  return metrics.counter(telemetry::metrics::kContextMalformed, {header});
}

// Several fields of a list are one (RFC 9110, 5.3). Most requests have one, or none.
std::string joined(const RequestHeaders& headers, std::string_view name) {
  std::string list;
  for (const auto& field : headers.fields()) {
    if (!equals_ignoring_case(field.name, name)) continue;
    if (!list.empty()) list += ',';
    list += field.value;
  }
  return list;
}

}  // namespace

CallerContext::CallerContext(telemetry::Metrics& metrics)
    : malformed_traceparents_(counter_of(metrics, kTraceParent)),
      malformed_tracestates_(counter_of(metrics, kTraceState)),
      malformed_baggage_(counter_of(metrics, kBaggage)) {}

std::optional<telemetry::TraceParent> CallerContext::of(const Request& request) const {
  const RequestHeaders& headers = request.headers;
  if (headers.first(kBaggage) && !telemetry::parse_baggage(joined(headers, kBaggage))) {
    malformed_baggage_.add();
  }
  const auto traceparent = headers.first(kTraceParent);
  // Without its parent a state says nothing; two parents are none.
  if (!traceparent) return std::nullopt;
  const std::string tracestate = joined(headers, kTraceState);
  auto parent = headers.count(kTraceParent) == 1
                    ? telemetry::parse_traceparent(*traceparent, tracestate)
                    : std::nullopt;
  if (!parent) {
    malformed_traceparents_.add();
  } else if (parent->tracestate.empty() && !trimmed(tracestate).empty()) {
    malformed_tracestates_.add();
  }
  return parent;
}

}  // namespace vigie::http
