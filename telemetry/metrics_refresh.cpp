#include "telemetry/metrics_refresh.hpp"

#include "telemetry/collection.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::telemetry {

void refresh(const Metrics& metrics) { (void)metrics.collect(); }

}  // namespace vigie::telemetry
