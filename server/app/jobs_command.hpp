#pragma once

#include <string>
#include <vector>

#include "server/app/config.hpp"

namespace vigie::app {

struct JobsArguments {
  std::string state;
  std::string lane;
  std::string kind;
  std::size_t limit = 50;
  std::vector<std::string> ids;
};

/// `vigie jobs …`: the queue, looked at and changed in the database, whether a server runs or not.
/// 0 when all was done; what was refused is said on standard error.
int list_jobs(const Config& config, const JobsArguments& arguments);
int show_jobs(const Config& config, const JobsArguments& arguments);
int retry_jobs(const Config& config, const JobsArguments& arguments);
int discard_jobs(const Config& config, const JobsArguments& arguments);

}  // namespace vigie::app
