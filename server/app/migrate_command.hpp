#pragma once

#include "server/app/config.hpp"

namespace vigie::app {

/// Prints each migration and its state. 0 when all are applied, 1 when some are missing.
int migrate_status(const Config& config);
/// Applies what is missing and prints it. Contract migrations only when asked for.
int migrate_up(const Config& config, bool with_contract);

}  // namespace vigie::app
