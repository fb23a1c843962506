#pragma once

#include <span>

#include "server/http/instruments.hpp"
#include "server/http/request_metrics.hpp"
#include "server/http/stage.hpp"

namespace vigie::http {

/// Opens the request's trace and root span, takes or makes its correlation id, and when it has been
/// answered records the duration, the access log line and the decision on the trace.
class Observed : public Stage {
 public:
  Observed(const Instruments& instruments, std::span<const Route* const> routes, Stage& next);
  Response run(Exchange& exchange) override;

 private:
  void log_access(const Exchange& exchange, const Response& response, double seconds) noexcept;

  telemetry::Tracer& tracer_;
  telemetry::Log& log_;
  telemetry::Gauge& active_;
  RequestMetrics metrics_;
  Stage& next_;
};

}  // namespace vigie::http
