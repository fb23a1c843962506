#pragma once

#include "telemetry/catalogue/catalogue.hpp"

namespace vigie::telemetry {

/// What Vigie declares, with what the library says of itself. Checked at compile time.
const Catalogue& vigie_catalogue();

}  // namespace vigie::telemetry
