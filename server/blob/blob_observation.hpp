#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "server/blob/blob_metrics.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "telemetry/log.hpp"
#include "telemetry/trace.hpp"

namespace vigie::blob {

/// Where what a store does is recorded.
struct Instruments {
  telemetry::Log& log;
  BlobMetrics& metrics;
  std::string_view store;  // a literal
};

/// The span, the histogram and, when it failed, the log line of one operation. Only the time
/// between `resume` and `pause` counts, beginning with its own.
class BlobObservation {
 public:
  BlobObservation(const Instruments& instruments, const domain::Context& context,
                  Operation operation, std::string_view key);
  BlobObservation(const BlobObservation&) = delete;
  BlobObservation& operator=(const BlobObservation&) = delete;

  void resume() noexcept { began_at_ = Clock::now(); }
  void pause() noexcept { spent_ += Clock::now() - began_at_; }
  /// Records what came of it, null for success. Once, paused; never for what was given up by its
  /// caller, whose span just ends.
  void end(const domain::Error* error);

 private:
  using Clock = std::chrono::steady_clock;

  void write_log(const domain::Error& error);

  const Instruments& instruments_;
  const domain::Context context_;
  const Operation operation_;
  const std::string key_;
  telemetry::Span span_;
  Clock::time_point began_at_ = Clock::now();
  Clock::duration spent_{0};
};

}  // namespace vigie::blob
