#pragma once

#include <string>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/span_events.hpp"
#include "telemetry/catalogue/spans.hpp"

namespace vigie::telemetry {

/// The whole catalogue for dashboards, rules and documents:
/// {"attributes": […], "metrics": […], "spans": […], "span_events": […], "log_events": […]}.
std::string catalogue_json();

}  // namespace vigie::telemetry
