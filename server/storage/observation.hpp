#pragma once

#include <chrono>
#include <string_view>

#include "server/domain/context.hpp"
#include "server/storage/answer.hpp"
#include "server/storage/query_metrics.hpp"
#include "telemetry/telemetry.hpp"
#include "telemetry/trace.hpp"

namespace vigie::storage {

/// The span, the histogram and, when it failed unexpectedly, the log line of one query. A local of
/// Database::exec and its like, nowhere else.
class Observation {
 public:
  Observation(telemetry::Telemetry& telemetry, QueryMetrics& metrics,
              const domain::Context& context, const Query& query, std::string_view pool);
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

  void waited(std::chrono::steady_clock::duration time);
  /// Records what came of it. Called once.
  void end(const Answer& answer);

 private:
  void log(const Answer& answer);

  telemetry::Telemetry& telemetry_;
  QueryMetrics& metrics_;
  const domain::Context& context_;
  const Query& query_;
  std::chrono::steady_clock::time_point began_;
  telemetry::Span span_;
};

}  // namespace vigie::storage
