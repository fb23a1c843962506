#include "server/domain/failed_jobs.hpp"

#include <utility>

namespace vigie::domain {
namespace {

/// Of that job alone: another operator was quicker, or its unique key is taken.
bool is_refusal(const Error& error) {
  return error.code == Code::kNotFound || error.code == Code::kStatusChangeNotAllowed;
}

}  // namespace

Result<FailedJobsChange> change_failed(JobDesk& desk, const Context& context,
                                       const FailedJobs& which, JobChange change) {
  auto failed = desk.list(
      context, {.state = JobState::kFailed, .kind = which.kind, .limit = which.limit + 1});
  if (!failed) return std::move(failed).error();
  FailedJobsChange outcome{.has_more = failed->size() > which.limit};
  if (outcome.has_more) failed->resize(which.limit);
  for (const JobRecord& record : *failed) {
    auto changed = (desk.*change)(context, record.job.id);
    if (changed) {
      outcome.changed.push_back(*std::move(changed));
    } else if (is_refusal(changed.error())) {
      outcome.refused.push_back({record.job.id, std::move(changed).error()});
    } else {
      outcome.stopped_by = std::move(changed).error();
      break;
    }
  }
  return outcome;
}

}  // namespace vigie::domain
