#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "server/app/foundation.hpp"
#include "server/jobs/clean_up.hpp"
#include "server/jobs/handlers.hpp"
#include "server/jobs/scheduler.hpp"

namespace vigie::app {

/// The kinds that this binary knows.
std::span<const std::string_view> job_kinds() noexcept;

/// Every kind of job that this binary does, and which of them are done again and again.
class JobHandlers {
 public:
  /// `base` outlives it.
  explicit JobHandlers(Foundation& base);
  JobHandlers(const JobHandlers&) = delete;
  JobHandlers& operator=(const JobHandlers&) = delete;

  const jobs::Handlers& table() const noexcept { return table_; }
  const std::vector<jobs::ScheduledTask>& tasks() const noexcept { return tasks_; }

 private:
  jobs::CleanUp idempotency_clean_;
  jobs::CleanUp sessions_clean_;

  jobs::Handlers table_;
  std::vector<jobs::ScheduledTask> tasks_;
};

}  // namespace vigie::app
