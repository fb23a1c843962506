#pragma once

#include <chrono>
#include <memory>

#include "telemetry/clock.hpp"
#include "telemetry/config.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/recorder/recorder.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::telemetry {

struct Delivery;
class SpanPipeline;

/// The whole library in one object: made first, destroyed last.
class Telemetry {
 public:
  /// Starts the log writer, and the exporter when an endpoint is configured. `clock` outlives it.
  Telemetry(const TelemetryConfig& config, const Clock& clock);
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  Metrics& metrics() noexcept { return metrics_; }
  Log& log() noexcept { return log_; }
  Tracer& tracer() noexcept { return tracer_; }
  Ledger& ledger() noexcept { return ledger_; }
  Recorder& recorder() noexcept { return recorder_; }

  /// Sends and writes what is queued. False when the time ran out. For tests.
  bool flush(std::chrono::milliseconds timeout);
  /// Exports what is queued, writes the ledger to the log, then the log to its fd. What the time
  /// does not allow goes to the spool, or is dropped and counted where there is none. Called once,
  /// after the last request.
  void shutdown(std::chrono::milliseconds timeout);

 private:
  static constexpr std::chrono::milliseconds kLogTimeLeast{200};

  void say_ledger(Signal signal) noexcept;

  const Clock& clock_;
  Ledger ledger_;
  Metrics metrics_;
  Recorder recorder_;
  std::unique_ptr<Delivery> log_delivery_;
  Log log_;
  std::unique_ptr<Delivery> trace_delivery_;
  std::unique_ptr<SpanPipeline> pipeline_;
  Tracer tracer_;
  bool is_shut_down_ = false;
};

}  // namespace vigie::telemetry
