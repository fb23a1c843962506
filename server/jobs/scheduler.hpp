#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "server/domain/id_source.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/task_store.hpp"
#include "server/domain/unit_of_work.hpp"
#include "server/net/waiting.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::jobs {

/// What is to be done again and again. Its job has the task's name as kind and as unique key, so
/// that one is never under way twice.
struct ScheduledTask {
  std::string name;
  std::chrono::milliseconds interval{};
  domain::JobLane lane = domain::JobLane::kLow;
};

/// Enqueues the job of each task when its interval has passed, while this process leads. When each
/// was last enqueued is in the store: a new leader goes on where the old one was.
class Scheduler {
 public:
  struct Parts {
    net::EventLoop& loop;
    domain::TaskStore& tasks;
    domain::JobQueue& queue;
    domain::UnitsOfWork& units;
    domain::IdSource& ids;
    telemetry::Log& log;
    telemetry::Metrics& metrics;
  };

  /// All parts outlive the scheduler. `worker` is who this process is, for operators.
  Scheduler(const Parts& parts, std::vector<ScheduledTask> tasks, std::string worker);
  /// Leads no more, and waits for what is at work, at most five seconds. On no reactor.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Thread-safe.
  void lead(bool is_leader);

 private:
  class State;
  /// Shared with what is on its way to the loop.
  std::shared_ptr<State> state_;
};

}  // namespace vigie::jobs
