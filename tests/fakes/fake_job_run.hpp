#pragma once

#include <optional>
#include <string>
#include <utility>

#include "server/domain/job_queue.hpp"
#include "tests/fakes/fake_job_queue.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"

namespace vigie::fakes {

/// One run of a job, and whether it was finished.
class FakeJobRun : public domain::JobRun {
 public:
  explicit FakeJobRun(domain::Job job) : job_(std::move(job)) {}
  explicit FakeJobRun(const QueuedJob& queued)
      : job_{.id = queued.id,
             .kind = queued.kind,
             .lane = queued.lane,
             .payload = queued.payload,
             .payload_version = queued.payload_version,
             .correlation_id = queued.correlation_id} {}

  const domain::Job& job() const noexcept override { return job_; }
  domain::Result<void> finish(const domain::Context& context) override {
    if (error_) return *error_;
    is_finished_ = true;
    record_undo(context, [this] { is_finished_ = false; });
    return {};
  }
  bool is_finished() const { return is_finished_; }
  /// As when the lease is lost.
  void fail_to_finish(domain::Error error) { error_ = std::move(error); }

 private:
  domain::Job job_;
  std::optional<domain::Error> error_;
  bool is_finished_ = false;
};

}  // namespace vigie::fakes
