#pragma once

#include <chrono>
#include <string_view>

#include "server/domain/context.hpp"
#include "server/storage/answer.hpp"
#include "server/storage/query_metrics.hpp"
#include "telemetry/log.hpp"
#include "telemetry/trace.hpp"

namespace vigie::storage {

/// The span, the histogram and, when it failed unexpectedly, the log line of one query. A local of
/// Database::exec and its like, nowhere else.
class Observation {
 public:
  Observation(telemetry::Log& log, QueryMetrics& metrics, const domain::Context& context,
              const Query& query, std::string_view pool);
  Observation(const Observation&) = delete;
  Observation& operator=(const Observation&) = delete;

  void waited(std::chrono::steady_clock::duration time);
  /// It is sent again, since `answer` was lost.
  void retried(const Answer& answer);
  /// Records what came of it. Called once.
  void end(const Answer& answer);

 private:
  void write_log(const Answer& answer);

  telemetry::Log& log_;
  QueryMetrics& metrics_;
  const domain::Context& context_;
  const Query& query_;
  std::chrono::steady_clock::time_point began_;
  telemetry::Span span_;
};

}  // namespace vigie::storage
