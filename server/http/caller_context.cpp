#include "server/http/caller_context.hpp"

#include <string>
#include <utility>

#include "server/http/ascii.hpp"
#include "server/http/field_list.hpp"
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

}  // namespace

CallerContext::CallerContext(telemetry::Metrics& metrics, AddressRanges trusted)
    : malformed_traceparents_(counter_of(metrics, kTraceParent)),
      malformed_tracestates_(counter_of(metrics, kTraceState)),
      malformed_baggage_(counter_of(metrics, kBaggage)),
      trusted_(std::move(trusted)) {}

std::optional<telemetry::TraceParent> CallerContext::of(const Request& request,
                                                        std::string_view client_address) const {
  const RequestHeaders& headers = request.headers;
  if (headers.first(kBaggage) && !telemetry::parse_baggage(combined(headers, kBaggage))) {
    malformed_baggage_.add();
  }
  const auto traceparent = headers.first(kTraceParent);
  // Without its parent a state says nothing; two parents are none.
  if (!traceparent) return std::nullopt;
  const std::string tracestate = combined(headers, kTraceState);
  auto parent = headers.count(kTraceParent) == 1
                    ? telemetry::parse_traceparent(*traceparent, tracestate)
                    : std::nullopt;
  if (!parent) {
    malformed_traceparents_.add();
  } else if (parent->tracestate.empty() && !trimmed(tracestate).empty()) {
    malformed_tracestates_.add();
  }
  if (parent) parent->is_trusted = trusted_.has(client_address);
  return parent;
}

}  // namespace vigie::http
