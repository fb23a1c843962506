#pragma once

#include <memory>

#include "telemetry/recorder/log_recorder.hpp"
#include "telemetry/recorder/trace_recorder.hpp"

namespace vigie::telemetry {

class Metrics;
struct TelemetryConfig;

/// What on-call can ask a process for: its last traces and log events. A null part is off.
struct Recorder {
  std::unique_ptr<TraceRecorder> traces;
  std::unique_ptr<LogRecorder> logs;
};

/// Three quarters of the memory are for traces.
Recorder make_recorder(const TelemetryConfig& config);

/// The recorder outlives the last scrape.
void collect_recorder(Metrics& metrics, const Recorder& recorder);

}  // namespace vigie::telemetry
