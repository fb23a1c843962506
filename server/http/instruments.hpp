#pragma once

#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::http {

/// What the pipeline records with. All outlive it.
struct Instruments {
  telemetry::Metrics& metrics;
  telemetry::Log& log;
  telemetry::Tracer& tracer;
};

}  // namespace vigie::http
