#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/context.hpp"
#include "server/domain/job.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// One run of one job. A worker that has lost the job, and does not know it, cannot end the run of
/// another one.
struct JobRunKey {
  JobId id;
  /// Grows with every claim.
  std::int64_t run = 0;

  auto operator<=>(const JobRunKey&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// A job in the hands of a worker.
struct ClaimedJob {
  Job job;
  JobRunKey key;
  std::chrono::seconds lease{30};
  /// Since it might have run.
  std::chrono::microseconds waited{};
};

/// A parameter type: it views the worker's own lists.
struct JobClaim {
  JobLane lane = JobLane::kHigh;
  /// Those that the worker has handlers for; others are left to newer workers.
  std::span<const std::string> kinds;
  /// Who it is, for operators.
  std::string_view worker;
  std::size_t count_max = 1;
  /// Of one owner's and of one origin's, with those that the worker has of the lane.
  std::size_t owner_count_max = 1'000'000;
};

/// Why a run failed. A parameter type: it views the handler's error.
struct JobFailure {
  Code code = Code::kInternal;
  std::string_view detail;
};

/// What became of runs that were to be ended. One in neither list: the job is not there any more.
struct FinishedRuns {
  std::vector<JobId> done;
  /// Lost: another worker has the job, or it waits for one.
  std::vector<JobId> lost;
};

/// A job whose worker was not heard of any more.
struct LostJob {
  Job job;
  std::string worker;
  /// Its attempts are used up: it is with the failed ones.
  bool is_failed = false;
};

/// Port: the queue as workers see it. The store's clock counts, not the worker's. Calls wait until
/// `context.deadline`. Thread-safe.
class JobStore {
 public:
  virtual ~JobStore() = default;

  /// Takes the first jobs of the lane that may run, the greatest priority first, then the one that
  /// waits longest; none that another worker has, or takes at the same time. Each counts as an
  /// attempt, and is the worker's as long as its lease is renewed.
  virtual Result<std::vector<ClaimedJob>> claim(const Context&, const JobClaim&) = 0;
  /// The leases of those that are still held begin anew.
  virtual Result<void> renew(const Context&, std::span<const JobRunKey>) = 0;
  /// Removes those that are still held. Takes part in the context's unit of work.
  virtual Result<FinishedRuns> finish(const Context&, std::span<const JobRunKey>) = 0;
  /// To be run again after `pause`. kVersionMismatch: lost; kNotFound: the job is not there any
  /// more.
  virtual Result<void> retry(const Context&, const JobRunKey&, std::chrono::milliseconds pause,
                             const JobFailure&) = 0;
  /// Puts it with the failed ones. Fails as `retry` does.
  virtual Result<void> fail(const Context&, const JobRunKey&, const JobFailure&) = 0;
  /// As if they had not been claimed: the attempt does not count. Those that are lost are passed
  /// over.
  virtual Result<void> give_back(const Context&, std::span<const JobRunKey>) = 0;
  /// Makes ready what has waited for its time, at most `limit`; returns how many.
  virtual Result<std::size_t> promote(const Context&, std::size_t limit) = 0;
  /// Takes back what workers have lost, at most `limit`.
  virtual Result<std::vector<LostJob>> recover(const Context&, std::size_t limit) = 0;
};

}  // namespace vigie::domain
