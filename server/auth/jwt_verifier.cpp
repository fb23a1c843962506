#include "server/auth/jwt_verifier.hpp"

#include <optional>
#include <string>
#include <string_view>

#include "server/auth/claims.hpp"
#include "server/platform/core/base64.hpp"

namespace vigie::auth {
namespace {

struct Parts {
  std::string_view signed_part;  // header and claims with the dot between
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
};

/// Nothing unless there are exactly two dots.
std::optional<Parts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == last || token.find('.', first + 1) != last) return std::nullopt;
  return Parts{.signed_part = token.substr(0, last),
               .header = token.substr(0, first),
               .claims = token.substr(first + 1, last - first - 1),
               .signature = token.substr(last + 1)};
}

/// Empty when the claims are what they must be at `now`.
std::string_view fault_of(const Claims& claims, const TokenSettings& settings,
                          domain::Timestamp now) {
  if (claims.issuer != settings.issuer) return "another issuer";
  if (claims.audience != settings.audience) return "another audience";
  if (now >= claims.expires_at + settings.clock_skew_max) return "expired";
  if (now < claims.issued_at - settings.clock_skew_max) return "not yet valid";
  if (claims.not_before && now < *claims.not_before - settings.clock_skew_max) {
    return "not yet valid";
  }
  return {};
}

}  // namespace

JwtVerifier::JwtVerifier(const KeyRing& ring, TokenSettings settings, std::size_t cache_entries_max)
    : ring_(ring), settings_(std::move(settings)), cache_(cache_entries_max) {}

domain::Result<domain::Principal> JwtVerifier::verify(std::string_view access_token,
                                                      domain::Timestamp now) {
  if (access_token.size() > kTokenBytesMax) return invalid_token("too long");
  const auto known = cache_.find(access_token, ring_.generation(), now);
  if (known) return *known;
  return verify_anew(access_token, now);
}

domain::Result<domain::Principal> JwtVerifier::verify_anew(std::string_view token,
                                                           domain::Timestamp now) {
  const auto parts = split(token);
  if (!parts) return invalid_token("not three parts");
  const auto keys = ring_.keys();
  const TokenKey* const key = keys->find_by_header(parts->header);
  if (key == nullptr) return invalid_token("the header is of none of the keys");
  const auto signature = core::base64url_decoded(parts->signature);
  if (!signature || !key->key.verifies(parts->signed_part, *signature)) {
    return invalid_token("the signature is wrong");
  }
  const auto json = core::base64url_decoded(parts->claims);
  if (!json) return invalid_token("the claims are not base64url");
  const auto claims = parse_claims(*json);
  if (!claims) return claims.error();
  if (const auto fault = fault_of(*claims, settings_, now); !fault.empty()) {
    return invalid_token(std::string(fault));
  }

  const domain::Principal principal{claims->subject, claims->role, claims->session};
  cache_.insert(
      token,
      {.principal = principal, .expires_at = claims->expires_at, .generation = keys->generation()});
  return principal;
}

}  // namespace vigie::auth
