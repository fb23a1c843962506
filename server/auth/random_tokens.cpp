#include "server/auth/random_tokens.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/crypto/hmac.hpp"
#include "server/crypto/random_bytes.hpp"
#include "server/platform/core/base64.hpp"

namespace vigie::auth {

std::string RandomTokens::next() {
  std::array<std::uint8_t, 32> bytes{};
  crypto::fill_random(bytes);
  return core::base64url(bytes);
}

domain::TokenHash RandomTokens::hash(std::string_view token) { return {crypto::sha256(token)}; }

}  // namespace vigie::auth
