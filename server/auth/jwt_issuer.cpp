#include "server/auth/jwt_issuer.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "server/auth/claims.hpp"
#include "server/crypto/hmac.hpp"
#include "server/crypto/random_bytes.hpp"
#include "server/platform/core/base64.hpp"

namespace vigie::auth {
namespace {

template <std::size_t kBytes>
std::string random_text() {
  std::array<std::uint8_t, kBytes> bytes{};
  crypto::fill_random(bytes);
  return core::base64url(bytes);
}

}  // namespace

JwtIssuer::JwtIssuer(const KeyRing& ring, TokenSettings settings)
    : ring_(ring), settings_(std::move(settings)) {}

std::string JwtIssuer::access_token(const domain::Account& account, domain::SessionId session,
                                    domain::Timestamp now, std::chrono::seconds lifetime) {
  const auto keys = ring_.keys();
  const TokenKey& key = keys->signing_key();
  std::string token = key.header + "." +
                      core::base64url(claims_json({.issuer = settings_.issuer,
                                                   .audience = settings_.audience,
                                                   .subject = account.id,
                                                   .role = account.role,
                                                   .issued_at = now,
                                                   .expires_at = now + lifetime,
                                                   .token_id = random_text<16>(),
                                                   .session = session}));
  const auto signature = key.key.sign(token);
  return token + "." + core::base64url(signature);
}

std::string JwtIssuer::refresh_token() { return random_text<32>(); }

domain::TokenHash JwtIssuer::hash(std::string_view refresh_token) {
  return {crypto::sha256(refresh_token)};
}

}  // namespace vigie::auth
