#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>

#include "server/domain/job_desk.hpp"
#include "server/domain/task_store.hpp"
#include "server/net/waiting.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::jobs {

/// Counts the queue in the database every few seconds, and looks when each task was last done. A
/// count that takes long (a million jobs) is made the more rarely.
class QueueGauges {
 public:
  /// All arguments outlive it.
  QueueGauges(net::EventLoop& loop, domain::JobDesk& desk, domain::TaskStore& tasks,
              telemetry::Metrics& metrics);
  /// Waits for what is at work, at most ten seconds. On no reactor.
  ~QueueGauges();
  QueueGauges(const QueueGauges&) = delete;
  QueueGauges& operator=(const QueueGauges&) = delete;

  void start();

 private:
  class State;
  /// Shared with what is on its way to the loop.
  std::shared_ptr<State> state_;
};

}  // namespace vigie::jobs
