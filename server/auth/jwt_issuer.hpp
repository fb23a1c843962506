#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "server/auth/key_ring.hpp"
#include "server/auth/token_settings.hpp"
#include "server/domain/secrets.hpp"

namespace vigie::auth {

/// Signs access tokens with the newest key of the ring.
class JwtIssuer : public domain::TokenIssuer {
 public:
  JwtIssuer(const KeyRing& ring, TokenSettings settings);

  std::string access_token(const domain::Account& account, domain::SessionId session,
                           domain::Timestamp now, std::chrono::seconds lifetime) override;
  std::string refresh_token() override;
  domain::TokenHash hash(std::string_view refresh_token) override;

 private:
  const KeyRing& ring_;
  const TokenSettings settings_;
};

}  // namespace vigie::auth
