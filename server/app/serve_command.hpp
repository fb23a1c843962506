#pragma once

#include "server/app/config.hpp"

namespace vigie::app {

/// Serves until SIGTERM or SIGINT, drains, flushes telemetry. 0 after a clean stop. Throws when a
/// listener cannot be opened or a secret cannot be read.
int serve(const Config& config);

}  // namespace vigie::app
