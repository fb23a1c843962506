#pragma once

#include <vector>

#include "server/app/config.hpp"
#include "server/domain/job.hpp"

namespace vigie::app {

/// Does the jobs of these lanes until SIGTERM or SIGINT, with an admin listener and no public one.
/// 0 after a clean stop.
int work(const Config& config, const std::vector<domain::JobLane>& lanes);

}  // namespace vigie::app
