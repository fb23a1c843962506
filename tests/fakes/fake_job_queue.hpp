#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "server/domain/job_queue.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// A job as it was asked for.
struct QueuedJob {
  domain::JobId id;
  std::string kind;
  domain::JobLane lane = domain::JobLane::kHigh;
  std::string payload;
  int payload_version = 1;
  std::optional<domain::Timestamp> run_at;
  std::string unique_key;
  std::string correlation_id;
  std::string origin;
};

/// Jobs in memory that nobody does. Thread-safe.
class FakeJobQueue : public domain::JobQueue, public FaultSwitch {
 public:
  domain::Result<domain::JobId> enqueue(const domain::Context& context,
                                        const domain::NewJob& job) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto same = std::find_if(jobs_.begin(), jobs_.end(), [&](const QueuedJob& queued) {
      return !job.unique_key.empty() && queued.unique_key == job.unique_key;
    });
    if (same != jobs_.end()) return same->id;
    const domain::JobId id{ids_.next()};
    jobs_.push_back({id, std::string(job.kind), job.lane, job.payload, job.payload_version,
                     job.run_at, job.unique_key, std::string(context.correlation_id), job.origin});
    record_undo(context, [this, id] { remove(id); });
    return id;
  }

  std::vector<QueuedJob> jobs() const {
    const std::lock_guard lock(mutex_);
    return jobs_;
  }
  /// As if it had been done.
  void remove(domain::JobId id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(jobs_, [&](const QueuedJob& job) { return job.id == id; });
  }

 private:
  mutable std::mutex mutex_;
  FakeIdSource ids_;
  std::vector<QueuedJob> jobs_;  // guarded by mutex_
};

}  // namespace vigie::fakes
