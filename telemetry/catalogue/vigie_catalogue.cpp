#include "telemetry/catalogue/vigie_catalogue.hpp"

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/soundness.hpp"
#include "telemetry/catalogue/span_events.hpp"
#include "telemetry/catalogue/spans.hpp"

namespace vigie::telemetry {
namespace {

constexpr Catalogue kCatalogue{metrics::kAll, spans::kAll, span_events::kAll, log_events::kAll,
                               attributes::kAll};

static_assert(are_names_unique(kCatalogue));
static_assert(are_metrics_sound(kCatalogue.metrics));
static_assert(are_attributes_sound(kCatalogue));

}  // namespace

const Catalogue& vigie_catalogue() { return kCatalogue; }

}  // namespace vigie::telemetry
