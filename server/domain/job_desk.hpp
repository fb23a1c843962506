#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/context.hpp"
#include "server/domain/job.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

enum class JobState : std::uint8_t {
  kReady,      // waits for a worker
  kScheduled,  // waits for its time
  kRunning,
  kFailed,  // waits for an operator
};

inline constexpr std::array<std::string_view, 4> kJobStateNames = {"ready", "scheduled", "running",
                                                                   "failed"};

constexpr std::string_view name_of(JobState state) noexcept {
  return kJobStateNames[static_cast<std::size_t>(state)];
}
std::optional<JobState> parse_job_state(std::string_view text);

/// A job as operators see it.
struct JobRecord {
  Job job;
  JobState state = JobState::kReady;
  std::string unique_key;
  /// Of the last run.
  std::string worker;
  std::optional<Timestamp> started_at;
  std::optional<Timestamp> lease_until;
  std::optional<Timestamp> failed_at;
  std::string error_code;
  std::string error_detail;
};

struct JobFilter {
  std::optional<JobState> state;
  std::optional<JobLane> lane;
  std::string kind;
  /// Only those that were enqueued before this one.
  std::optional<JobId> before;
  std::size_t limit = 50;
};

struct JobCount {
  JobLane lane = JobLane::kHigh;
  JobState state = JobState::kReady;
  std::int64_t count = 0;
  /// When the one that waits longest could run, by the clock of this process; of ready ones only.
  std::optional<Timestamp> oldest_run_at;
};

/// Port: the queue as operators see it. Thread-safe.
class JobDesk {
 public:
  virtual ~JobDesk() = default;
  /// The last enqueued first.
  virtual Result<std::vector<JobRecord>> list(const Context&, const JobFilter&) = 0;
  virtual Result<std::optional<JobRecord>> find(const Context&, JobId) = 0;
  /// Makes a failed job ready, with all its attempts anew, or one that waits for its time. Returns
  /// it as it is now. kNotFound; kStatusChangeNotAllowed for others, and while another job with its
  /// unique key waits or runs.
  virtual Result<JobRecord> release(const Context&, JobId) = 0;
  /// Removes a job that does not run, and returns it. Fails as `release` does.
  virtual Result<JobRecord> discard(const Context&, JobId) = 0;
  /// By lane and state; those without jobs are left out.
  virtual Result<std::vector<JobCount>> counts(const Context&) = 0;
};

}  // namespace vigie::domain
