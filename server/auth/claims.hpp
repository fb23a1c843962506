#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/clock.hpp"
#include "server/domain/principal.hpp"
#include "server/domain/result.hpp"

namespace vigie::auth {

/// What an access token says (RFC 9068, section 2.2).
struct Claims {
  std::string issuer;
  std::string audience;
  domain::AccountId subject;
  domain::Role role = domain::Role::kUser;
  domain::Timestamp issued_at{};
  domain::Timestamp expires_at{};
  /// Nothing: from when it was issued.
  std::optional<domain::Timestamp> not_before;
  std::string token_id;
  /// The sign-in (OpenID Connect Front-Channel Logout, section 3); nothing in tokens of servers
  /// before it was told.
  std::optional<domain::SessionId> session;
};

std::string claims_json(const Claims& claims);

/// kInvalidToken, with the reason in its detail, unless every claim is there once and of its type;
/// the session and `nbf` may be absent. Other members are ignored, but no name may come twice.
domain::Result<Claims> parse_claims(std::string_view json);

/// The error of every token that is refused: the client never learns why.
domain::Error invalid_token(std::string detail);

}  // namespace vigie::auth
