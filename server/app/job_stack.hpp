#pragma once

#include <mutex>
#include <optional>
#include <vector>

#include "server/app/foundation.hpp"
#include "server/app/job_handlers.hpp"
#include "server/jobs/job_metrics.hpp"
#include "server/jobs/queue_gauges.hpp"
#include "server/jobs/scheduler.hpp"
#include "server/jobs/worker.hpp"
#include "server/storage/job_listener.hpp"
#include "server/storage/leader_lock.hpp"

namespace vigie::app {

/// The lanes of `vigie serve`: none with VIGIE_JOBS=false.
std::vector<jobs::LaneOptions> embedded_lanes(const Config& config);
/// One lane with its configured concurrency.
jobs::LaneOptions lane_options(const Config& config, domain::JobLane lane);

/// Everything that does jobs in one process. Without lanes it does none, and schedules none.
class JobStack {
 public:
  /// `base` outlives it; its reactors have stopped before it goes.
  JobStack(Foundation& base, std::vector<jobs::LaneOptions> lanes);
  JobStack(const JobStack&) = delete;
  JobStack& operator=(const JobStack&) = delete;

  /// Once the schema is there. On a reactor.
  void start();
  /// Takes nothing more, waits for what runs until `deadline`, gives the rest back. True when
  /// nothing was left. On no reactor; once.
  bool stop(net::TimePoint deadline);

 private:
  Foundation& base_;
  const bool has_lanes_;
  JobHandlers handlers_;
  jobs::JobMetrics metrics_;
  jobs::Worker worker_;
  jobs::Scheduler scheduler_;
  jobs::QueueGauges gauges_;
  std::mutex mutex_;  // guards what follows: start and stop come from different threads
  bool is_stopped_ = false;
  std::optional<storage::JobListener> listener_;
  std::optional<storage::LeaderLock> leader_lock_;
};

}  // namespace vigie::app
