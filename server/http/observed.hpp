#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "server/http/caller_context.hpp"
#include "server/http/instruments.hpp"
#include "server/http/refusal_sampler.hpp"
#include "server/http/request_metrics.hpp"
#include "server/http/slow_thresholds.hpp"
#include "server/http/stage.hpp"
#include "telemetry/trace.hpp"

namespace vigie::http {

/// Opens the request's trace and root span, takes or makes its correlation id, and when it has been
/// answered records the duration, the access log line and the decision on the trace. Of refusals
/// that repeat, the log tells of some and no trace is kept; metrics count all.
class Observed : public Stage {
 public:
  /// `tracing_callers`: whose traces are kept when they say so.
  Observed(const Instruments& instruments, std::span<const Route* const> routes,
           const SlowThresholds& slow, const AddressRanges& tracing_callers, Stage& next);
  Response run(Exchange& exchange) override;

  const RequestMetrics& request_metrics() const noexcept { return metrics_; }

 private:
  /// What is recorded in more than one place.
  struct Facts {
    double seconds = 0;
    std::string_view error_type;  // of a failure; a literal
    std::string user_id;          // empty: anonymous
  };
  static Facts facts_of(const Exchange& exchange, const Response& response);
  bool is_slow(const Exchange& exchange, const Facts& facts) const;
  static void record(telemetry::Span& span, const Exchange& exchange, const Response& response,
                     const Facts& facts);
  RefusalSampler::Verdict judge(const Exchange& exchange);
  void log_access(const Exchange& exchange, const Response& response, const Facts& facts,
                  std::uint64_t suppressed);

  telemetry::Tracer& tracer_;
  telemetry::Log& log_;
  telemetry::Gauge& active_;
  RequestMetrics metrics_;
  CallerContext callers_;
  RefusalSampler refusals_;
  telemetry::Counter& suppressed_;
  const SlowThresholds& slow_;
  Stage& next_;
};

}  // namespace vigie::http
