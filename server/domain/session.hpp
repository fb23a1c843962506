#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>

#include "server/domain/account.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"

namespace vigie::domain {

/// SHA-256 of a refresh token: the only form in which it is kept.
using TokenHash = std::array<std::uint8_t, 32>;

/// One link of a chain (family) of refresh tokens that began with a login.
struct RefreshToken {
  SessionId family_id;
  AccountId account_id;
  TokenHash hash{};
  Timestamp created_at{};
  Timestamp expires_at{};
};

struct NewRefreshToken {
  TokenHash hash{};
  Timestamp now{};
  Timestamp expires_at{};
};

/// What became of a presented refresh token.
struct Rotation {
  enum class Outcome : std::uint8_t {
    kRotated,
    kUnknown,  // never issued, expired, or of a revoked family
    kReused,   // had been rotated before: the whole family is revoked now
  };
  Outcome outcome = Outcome::kUnknown;
  AccountId account_id;  // of a rotated token
};

/// What a client holds after login or refresh. Never stored, never logged.
struct TokenPair {
  std::string access_token;
  std::chrono::seconds access_lifetime{};
  std::string refresh_token;
  std::chrono::seconds refresh_lifetime{};
};

}  // namespace vigie::domain
