#pragma once

#include "server/app/config.hpp"

namespace vigie::app {

/// Takes a backup now and prints its name, size and SHA-256.
int backup_run(const Config& config);
/// Prints every backup, the newest first, and what its last restore found.
int backup_list(const Config& config);
/// Restores the newest backup into a scratch database and prints what was found. 1 when it has a
/// fault, or when there is none.
int backup_verify(const Config& config);

}  // namespace vigie::app
