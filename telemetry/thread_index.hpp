#pragma once

#include <cstddef>

namespace vigie::telemetry {

/// A small number of the calling thread, given in order of first use. Modulo a number of shards it
/// spreads threads over them.
std::size_t thread_index() noexcept;

}  // namespace vigie::telemetry
