#pragma once

#include "server/jobs/job_metrics.hpp"
#include "telemetry/log.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::jobs {

/// Where workers tell what they do.
struct Instruments {
  telemetry::Tracer& tracer;
  telemetry::Log& log;
  JobMetrics& metrics;
};

}  // namespace vigie::jobs
