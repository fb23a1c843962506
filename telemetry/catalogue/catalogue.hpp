#pragma once

#include <span>
#include <string>

#include "telemetry/catalogue/log_event_type.hpp"
#include "telemetry/catalogue/metric_type.hpp"
#include "telemetry/catalogue/span_event_type.hpp"
#include "telemetry/catalogue/span_type.hpp"

namespace vigie::telemetry {

/// Everything that a program declares. Its constants live as long as the program: records keep
/// their addresses. Check it where it is declared: static_assert(is_sound(…)) of soundness.hpp.
struct Catalogue {
  MetricTable metrics;
  std::span<const SpanType* const> spans;
  std::span<const SpanEventType* const> span_events;
  std::span<const LogEventType* const> log_events;
  std::span<const AttributeKey* const> attributes;
};

/// The whole catalogue for dashboards, rules and documents:
/// {"metrics": […], "spans": […], "span_events": […], "log_events": […], "attributes": […]}.
std::string catalogue_json(const Catalogue& catalogue);

}  // namespace vigie::telemetry
