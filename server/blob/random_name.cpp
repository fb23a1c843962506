#include "server/blob/random_name.hpp"

#include <array>
#include <cstdint>

#include "server/crypto/random_bytes.hpp"
#include "server/domain/hexadecimal.hpp"

namespace vigie::blob {

std::string random_name() {
  std::array<std::uint8_t, 16> bytes{};
  crypto::fill_random(bytes);
  std::string name;
  for (const std::uint8_t byte : bytes) domain::append_hex(name, byte);
  return name;
}

}  // namespace vigie::blob
