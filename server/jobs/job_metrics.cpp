#include "server/jobs/job_metrics.hpp"

#include "telemetry/catalogue/metrics.hpp"

namespace vigie::jobs {

namespace metrics = telemetry::metrics;

static_assert(metrics::kJobOutcomes.size() == static_cast<std::size_t>(Outcome::kLost) + 1);

JobMetrics::JobMetrics(telemetry::Metrics& registry, const std::vector<std::string>& kinds) {
  for (const std::string_view kind : metrics::kJobKinds) {
    kinds_.emplace(kind, handles_of(registry, kind));
  }
  for (const std::string& kind : kinds) {
    if (!kinds_.contains(kind)) kinds_.emplace(kind, handles_of(registry, kind));
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    const std::string_view lane = domain::kJobLaneNames[i];
    lanes_[i] = {&registry.histogram(metrics::kJobWaitTime, {lane}),
                 &registry.gauge(metrics::kJobSlots, {lane, "busy"}),
                 &registry.gauge(metrics::kJobSlots, {lane, "idle"})};
  }
}

JobMetrics::OfKind JobMetrics::handles_of(telemetry::Metrics& registry, std::string_view kind) {
  OfKind handles;
  for (std::size_t i = 0; i < handles.runs.size(); ++i) {
    handles.runs[i] = &registry.counter(metrics::kJobRuns, {kind, metrics::kJobOutcomes[i]});
  }
  handles.run_time = &registry.histogram(metrics::kJobRunTime, {kind});
  handles.dead_lettered = &registry.counter(metrics::kJobsDeadLettered, {kind});
  return handles;
}

const JobMetrics::OfKind* JobMetrics::find(std::string_view kind) const noexcept {
  const auto found = kinds_.find(kind);
  return found == kinds_.end() ? nullptr : &found->second;
}

void JobMetrics::ended(std::string_view kind, Outcome outcome) noexcept {
  if (const OfKind* handles = find(kind)) handles->runs[static_cast<std::size_t>(outcome)]->add();
}

void JobMetrics::dead_lettered(std::string_view kind) noexcept {
  if (const OfKind* handles = find(kind)) handles->dead_lettered->add();
}

void JobMetrics::ran(std::string_view kind, Seconds time, telemetry::Trace& trace) noexcept {
  if (const OfKind* handles = find(kind)) handles->run_time->observe(time.count(), &trace);
}

void JobMetrics::waited(domain::JobLane lane, Seconds time, telemetry::Trace& trace) noexcept {
  of(lane).wait->observe(time.count(), &trace);
}

void JobMetrics::slots(domain::JobLane lane, std::size_t busy, std::size_t idle) noexcept {
  of(lane).busy->set(static_cast<double>(busy));
  of(lane).idle->set(static_cast<double>(idle));
}

}  // namespace vigie::jobs
