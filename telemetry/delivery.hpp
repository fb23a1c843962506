#pragma once

#include <memory>

#include "telemetry/config.hpp"
#include "telemetry/otlp/trace_request.hpp"
#include "telemetry/pipeline/courier.hpp"
#include "telemetry/pipeline/exporter.hpp"

namespace vigie::telemetry {

class Metrics;

/// How one signal leaves the process by OTLP: the courier and what it sends with.
struct Delivery {
  Delivery(std::unique_ptr<Exporter> sender, const CourierOptions& options, const Clock& clock,
           Ledger& ledger);

  std::unique_ptr<Exporter> exporter;
  Courier courier;
};

/// Null when the configuration exports no such signal. The references outlive it.
std::unique_ptr<Delivery> make_delivery(const TelemetryConfig& config, Signal signal,
                                        const Clock& clock, Ledger& ledger, Metrics& metrics);

/// What is said of the process in each request.
OtlpResource resource_of(const TelemetryConfig& config);

/// Exports the state of a signal's spool; a null delivery has none.
void collect_spool(Metrics& metrics, Signal signal, const Delivery* delivery);

}  // namespace vigie::telemetry
