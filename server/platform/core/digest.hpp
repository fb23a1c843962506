#pragma once

#include <array>
#include <cstdint>

namespace vigie::core {

/// 256 bits: a SHA-256, or an HMAC of it. What must not be taken for another one is a type with
/// one.
using Digest = std::array<std::uint8_t, 32>;

}  // namespace vigie::core
