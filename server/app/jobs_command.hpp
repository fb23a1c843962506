#pragma once

#include <string>
#include <vector>

#include "server/app/config.hpp"
#include "server/domain/failed_jobs.hpp"

namespace vigie::app {

struct JobsArguments {
  std::string state;
  std::string lane;
  std::string kind;
  std::size_t limit = 50;
  std::vector<std::string> ids;
  /// In place of ids: failed jobs of `kind`, or all of them; `batch_limit` at most.
  bool are_all_failed = false;
  std::size_t batch_limit = domain::FailedJobs::kLimitMax;
};

/// `vigie jobs …`: the queue, looked at and changed in the database, whether a server runs or not.
/// 0 when all was done; what was refused is said on standard error. Of many, the count is printed.
int list_jobs(const Config& config, const JobsArguments& arguments);
int show_jobs(const Config& config, const JobsArguments& arguments);
int retry_jobs(const Config& config, const JobsArguments& arguments);
int discard_jobs(const Config& config, const JobsArguments& arguments);

}  // namespace vigie::app
