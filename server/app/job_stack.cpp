#include "server/app/job_stack.hpp"

#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "server/app/options.hpp"

namespace vigie::app {
namespace {

using domain::JobLane;

std::string worker_name() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return std::string(host.data()) + ":" + std::to_string(::getpid());
}

jobs::WorkerOptions worker_options(const Config& config, std::vector<jobs::LaneOptions> lanes) {
  return {.name = worker_name(),
          .lanes = std::move(lanes),
          .poll_interval = config.jobs_poll_interval_ms,
          .backoff = {config.jobs_retry_pause_ms, config.jobs_retry_pause_max_ms}};
}

}  // namespace

jobs::LaneOptions lane_options(const Config& config, JobLane lane) {
  const std::array concurrency{config.jobs_high_concurrency, config.jobs_low_concurrency,
                               config.jobs_external_concurrency};
  return {lane, static_cast<std::size_t>(concurrency[static_cast<std::size_t>(lane)])};
}

std::vector<jobs::LaneOptions> embedded_lanes(const Config& config) {
  if (!config.jobs) return {};
  return {lane_options(config, JobLane::kHigh), lane_options(config, JobLane::kLow),
          lane_options(config, JobLane::kExternal)};
}

JobStack::JobStack(Foundation& base, std::vector<jobs::LaneOptions> lanes)
    : base_(base),
      has_lanes_(!lanes.empty()),
      handlers_(base),
      metrics_(base.telemetry.metrics(), handlers_.table().kinds()),
      worker_({loops_of(base.runtime),
               base.job_store,
               handlers_.table(),
               {base.telemetry.tracer(), base.telemetry.log(), metrics_}},
              worker_options(base.config, std::move(lanes))),
      scheduler_({base.runtime.loop(0), base.task_store, base.job_queue, base.units_of_work,
                  base.ids, base.telemetry.log(), base.telemetry.metrics()},
                 handlers_.tasks(), worker_name()),
      gauges_(base.runtime.loop(0), base.job_desk, base.task_store, base.telemetry.metrics()) {}

void JobStack::start() {
  const std::lock_guard lock(mutex_);
  if (is_stopped_) return;
  gauges_.start();
  if (!has_lanes_) return;
  worker_.start();
  listener_.emplace(
      base_.runtime.loop(0), database_options(base_.config),
      [this](std::optional<JobLane> lane) { lane ? worker_.wake(*lane) : worker_.wake_all(); });
  if (!base_.config.scheduler) return;
  leader_lock_.emplace(base_.runtime.loop(0), database_options(base_.config),
                       [this](bool is_leader) { scheduler_.lead(is_leader); });
}

bool JobStack::stop(net::TimePoint deadline) {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(is_stopped_, true)) return true;
  }
  // Nobody starts it any more.
  scheduler_.lead(false);
  leader_lock_.reset();
  listener_.reset();
  return worker_.stop(deadline);
}

}  // namespace vigie::app
