#include "server/blob/random_name.hpp"

#include <array>
#include <cstdint>

#include "server/crypto/random_bytes.hpp"
#include "server/platform/core/hex.hpp"

namespace vigie::blob {

std::string random_name() {
  std::array<std::uint8_t, 16> bytes{};
  crypto::fill_random(bytes);
  return core::to_hex(bytes);
}

}  // namespace vigie::blob
