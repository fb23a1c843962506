#pragma once

#include <cstdint>
#include <span>

namespace vigie::crypto {

/// Fills `bytes` from OpenSSL's generator; throws when it fails. Thread-safe.
void fill_random(std::span<std::uint8_t> bytes);

}  // namespace vigie::crypto
