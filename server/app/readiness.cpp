#include "server/app/readiness.hpp"

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::app {

Readiness::Readiness(telemetry::Telemetry& telemetry)
    : log_(telemetry.log()), ready_(telemetry.metrics().gauge(telemetry::metrics::kReady)) {}

std::vector<std::string_view> Readiness::obstacles() {
  std::vector<std::string_view> found;
  if (is_draining_) found.emplace_back("draining");
  if (!is_started_) found.emplace_back("starting");
  if (!database_is_up_ || !database_is_up_()) {
    found.emplace_back("database");
  } else if (!is_schema_current_) {
    found.emplace_back("schema");
  }
  std::string reason;
  for (const std::string_view obstacle : found) {
    reason.append(reason.empty() ? "" : ",").append(obstacle);
  }
  tell_change(reason);
  return found;
}

void Readiness::tell_change(const std::string& reason) {
  ready_.set(reason.empty() ? 1 : 0);
  const std::lock_guard lock(mutex_);
  if (reason == last_told_) return;
  last_told_ = reason;
  using namespace telemetry::attributes;
  log_.write(telemetry::log_events::kReadinessChanged, {},
             {{kReady, reason.empty()}, {kReason, reason}});
}

}  // namespace vigie::app
