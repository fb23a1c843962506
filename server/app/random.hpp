#pragma once

#include <cstdint>
#include <span>

namespace vigie::app {

/// Fills the span from the kernel's generator. Thread-safe. Throws std::system_error when the
/// kernel has none, which means that nothing secret can be made.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace vigie::app
