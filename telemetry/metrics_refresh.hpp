#pragma once

namespace vigie::telemetry {

class Metrics;

/// Brings what is counted elsewhere into its gauges and counters, as a scrape does.
void refresh(const Metrics& metrics);

}  // namespace vigie::telemetry
