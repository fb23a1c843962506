#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/account.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/domain/session.hpp"
#include "server/platform/core/digest.hpp"

namespace vigie::domain {

/// Port: argon2id in its own bounded pool; the calling fiber waits. kOverloaded when the pool's
/// queue is full, kDeadlineExceeded when the deadline passes first.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;
  virtual Result<std::string> hash(const Context&, std::string_view password) = 0;
  /// Takes the same time whether it matches or not; an empty `hash` (no such account) is verified
  /// against a dummy of equal cost and never matches.
  virtual Result<bool> verify(const Context&, std::string_view password, std::string_view hash) = 0;
  /// Whether `hash` was made at another cost than `hash` makes them now. Does not wait.
  virtual bool is_outdated(std::string_view hash) const = 0;
};

/// Port: makes the tokens a client holds. Thread-safe.
class TokenIssuer {
 public:
  virtual ~TokenIssuer() = default;
  /// A signed JWT (RFC 7519, RFC 9068) of the account and its session, valid from `now` for
  /// `lifetime`.
  virtual std::string access_token(const Account&, SessionId, Timestamp now,
                                   std::chrono::seconds lifetime) = 0;
  /// 256 random bits, base64url.
  virtual std::string refresh_token() = 0;
  virtual TokenHash hash(std::string_view refresh_token) = 0;
};

/// Port: makes tokens that mean nothing by themselves and are kept as hashes. Thread-safe.
class OpaqueTokens {
 public:
  virtual ~OpaqueTokens() = default;
  /// 256 random bits, base64url.
  virtual std::string next() = 0;
  virtual TokenHash hash(std::string_view token) = 0;
};

/// Port: says who presents an access token. Thread-safe; may be called on every request.
class TokenVerifier {
 public:
  virtual ~TokenVerifier() = default;
  /// kInvalidToken when the token is malformed, expired, not yet valid, signed by an unknown key or
  /// for another audience. The message does not say which; the detail does.
  virtual Result<Principal> verify(std::string_view access_token, Timestamp now) = 0;
  /// Whose token it is, if it was verified before and that is remembered: costs next to nothing.
  virtual std::optional<Principal> known(std::string_view access_token, Timestamp now) = 0;
  /// The public keys as a JWK set (RFC 7517).
  virtual std::string jwks() const = 0;
};

/// Port: keyed hash (HMAC-SHA-256) under a secret that only the servers hold. Thread-safe.
class MessageAuthenticator {
 public:
  virtual ~MessageAuthenticator() = default;
  /// `purpose` separates uses: a value made for one is worthless for another.
  virtual core::Digest mac(std::string_view purpose, std::string_view message) = 0;
};

}  // namespace vigie::domain
