#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "server/domain/account.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"
#include "server/platform/core/digest.hpp"

namespace vigie::domain {

/// SHA-256 of an opaque token: the only form in which it is kept.
struct TokenHash {
  core::Digest bytes{};

  auto operator<=>(const TokenHash&) const = default;
};

/// One link of a chain (family) of refresh tokens that began with a login.
struct RefreshToken {
  SessionId family_id;
  AccountId account_id;
  TokenHash hash;
  Timestamp created_at{};
  Timestamp expires_at{};
  /// Of the account whose password was verified.
  std::int64_t credentials_version = 0;
};

struct NewRefreshToken {
  TokenHash hash;
  Timestamp now{};
  Timestamp expires_at{};
  /// So long after its trade a token may be traded again: its answer may have been lost.
  std::chrono::seconds repeat_within{0};
};

/// What became of a presented refresh token.
struct Rotation {
  enum class Outcome : std::uint8_t {
    kRotated,
    kRepeated,  // had been rotated a moment before: another one was stored beside its successor
    kUnknown,   // never issued, expired, or of a revoked family
    kReused,    // had been rotated before: the whole family is revoked now
  };
  Outcome outcome = Outcome::kUnknown;
  SessionId family_id;  // of a rotated or repeated token
  Account account;      // of a rotated or repeated token; of a reused one its id alone
};

/// A session that was ended before its time.
struct EndedSession {
  SessionId id;
  Timestamp ended_at{};
};

/// What a client holds after login or refresh. Never stored, never logged.
struct TokenPair {
  std::string access_token;
  std::chrono::seconds access_lifetime{};
  std::string refresh_token;
  std::chrono::seconds refresh_lifetime{};
};

}  // namespace vigie::domain
