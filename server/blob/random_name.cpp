#include "server/blob/random_name.hpp"

#include <openssl/rand.h>

#include <array>
#include <cstdint>

#include "server/blob/openssl.hpp"
#include "server/domain/hexadecimal.hpp"

namespace vigie::blob {

std::string random_name() {
  std::array<std::uint8_t, 16> bytes{};
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "random bytes");
  std::string name;
  for (const std::uint8_t byte : bytes) domain::append_hex(name, byte);
  return name;
}

}  // namespace vigie::blob
