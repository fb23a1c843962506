#pragma once

#include "server/domain/context.hpp"
#include "server/domain/job.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

/// Port: where work is left that is done after the answer. Thread-safe.
class JobQueue {
 public:
  virtual ~JobQueue() = default;
  /// Takes part in the context's unit of work: the job exists if, and only if, the change that
  /// causes it does. The correlation id and the trace of `context` go with it. Answers with the id
  /// of the job that waits or runs under the same unique key, if there is one.
  virtual Result<JobId> enqueue(const Context& context, const NewJob& job) = 0;
};

/// One run of a job, in the hands of its handler.
class JobRun {
 public:
  virtual ~JobRun() = default;
  virtual const Job& job() const noexcept = 0;
  /// Marks the job as done in the context's unit of work, so that its effect and its end are
  /// committed together. kVersionMismatch when the lease has been lost: another worker has the job,
  /// and the unit must not be committed. A handler that does not call this is asked again after a
  /// crash, so its effect must bear repetition.
  virtual Result<void> finish(const Context& context) = 0;
};

/// Does the jobs of one kind. Called on a fiber; `context` has the deadline of the run, the
/// correlation id of the cause, and the trace. Thread-safe.
///
/// A failure is tried again after a growing pause until the attempts are used up; kValidationFailed
/// and kNotFound say that trying again is useless: the job goes to the failed ones at once.
class JobHandler {
 public:
  virtual ~JobHandler() = default;
  virtual Result<void> run(const Context& context, JobRun& run) = 0;
};

}  // namespace vigie::domain
