#pragma once

#include "server/app/config.hpp"

namespace vigie::app {

/// Looks at all that `vigie serve` needs, one after the other, and says of each whether it is there
/// and what is wrong with it. Changes nothing but a probe that it writes to the store of contents
/// and removes. EX_CONFIG when the settings have faults, EXIT_FAILURE when anything else has.
int check(const ConfigReading& reading);

}  // namespace vigie::app
