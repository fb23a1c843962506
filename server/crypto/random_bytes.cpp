#include "server/crypto/random_bytes.hpp"

#include <openssl/rand.h>

#include "server/crypto/openssl.hpp"

namespace vigie::crypto {

void fill_random(std::span<std::uint8_t> bytes) {
  require(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1, "make random bytes");
}

}  // namespace vigie::crypto
