#include "server/auth/random_bytes.hpp"

#include <openssl/rand.h>

#include "server/auth/openssl.hpp"

namespace vigie::auth {

void fill_random(std::span<std::uint8_t> bytes) {
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "make random bytes");
}

}  // namespace vigie::auth
