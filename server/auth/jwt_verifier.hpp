#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/auth/key_ring.hpp"
#include "server/auth/token_cache.hpp"
#include "server/auth/token_settings.hpp"
#include "server/domain/secrets.hpp"

namespace vigie::auth {

/// Verifies the access tokens of JwtIssuer (RFC 7519, RFC 8725). The token's header is compared
/// with those that the keys of the ring make, never interpreted: no algorithm can be talked into
/// it.
class JwtVerifier : public domain::TokenVerifier {
 public:
  static constexpr std::size_t kTokenBytesMax = 2048;
  static constexpr std::size_t kCacheEntriesDefault = 8192;

  JwtVerifier(const KeyRing& ring, TokenSettings settings,
              std::size_t cache_entries_max = kCacheEntriesDefault);

  domain::Result<domain::Principal> verify(std::string_view access_token,
                                           domain::Timestamp now) override;
  std::optional<domain::Principal> known(std::string_view access_token,
                                         domain::Timestamp now) override {
    return cache_.find(access_token, ring_.generation(), now);
  }
  std::string jwks() const override { return ring_.keys()->jwks(); }

 private:
  domain::Result<domain::Principal> verify_anew(std::string_view token, domain::Timestamp now);

  const KeyRing& ring_;
  const TokenSettings settings_;
  TokenCache cache_;
};

}  // namespace vigie::auth
