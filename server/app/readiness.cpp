#include "server/app/readiness.hpp"

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::app {
namespace {

/// As kReadinessChanged, when there is something to do about it.
constexpr telemetry::LogEventType kReadinessLost{
    telemetry::log_events::kReadinessChanged.name, telemetry::Severity::kWarn,
    telemetry::log_events::kReadinessChanged.message,
    telemetry::log_events::kReadinessChanged.attributes};

std::string joined(const std::vector<std::string_view>& words) {
  std::string text;
  for (const std::string_view word : words) text.append(text.empty() ? "" : ",").append(word);
  return text;
}

}  // namespace

Readiness::Readiness(telemetry::Telemetry& telemetry) : log_(telemetry.log()) {
  telemetry::Gauge& ready = telemetry.metrics().gauge(telemetry::metrics::kReady);
  telemetry.metrics().collect_with([this, &ready] { ready.set(obstacles().empty() ? 1 : 0); });
}

std::vector<std::string_view> Readiness::obstacles() const {
  std::vector<std::string_view> found;
  if (is_draining_) found.emplace_back("draining");
  if (!is_started_) found.emplace_back("starting");
  if (!database_is_up_ || !database_is_up_()) {
    found.emplace_back("database");
  } else if (!is_schema_current_) {
    found.emplace_back("schema");
  }
  return found;
}

void Readiness::observe() {
  const std::string reason = joined(obstacles());
  const std::lock_guard lock(mutex_);
  if (reason == last_told_) return;
  last_told_ = reason;
  using namespace telemetry::attributes;
  // A start and a stop are no surprise.
  const bool is_alarming = was_ready_ && !reason.empty() && !is_draining_;
  was_ready_ = was_ready_ || reason.empty();
  log_.write(is_alarming ? kReadinessLost : telemetry::log_events::kReadinessChanged, {},
             {{kReady, reason.empty()}, {kReason, reason}});
}

}  // namespace vigie::app
