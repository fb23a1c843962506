#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/domain/job_desk.hpp"

namespace vigie::domain {

/// Failed jobs that are released or discarded together: those that were enqueued last.
struct FailedJobs {
  static constexpr std::size_t kLimitMax = 1000;

  /// Empty: of every kind.
  std::string kind;
  std::size_t limit = kLimitMax;
};

/// What became of them.
struct FailedJobsChange {
  struct Refusal {
    JobId id;
    Error error;
  };

  /// As they are now.
  std::vector<JobRecord> changed;
  std::vector<Refusal> refused;
  /// Beyond the limit.
  bool has_more = false;
  /// What kept the rest from being tried: the queue did not answer.
  std::optional<Error> stopped_by;
};

/// JobDesk::release or JobDesk::discard.
using JobChange = Result<JobRecord> (JobDesk::*)(const Context&, JobId);

/// One after the other, each in a transaction of its own: what is refused keeps none of the others.
/// Fails when they could not be listed: nothing was changed.
Result<FailedJobsChange> change_failed(JobDesk& desk, const Context& context,
                                       const FailedJobs& which, JobChange change);

}  // namespace vigie::domain
