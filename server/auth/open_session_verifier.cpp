#include "server/auth/open_session_verifier.hpp"

#include <string_view>

#include "server/auth/claims.hpp"

namespace vigie::auth {

domain::Result<domain::Principal> OpenSessionVerifier::verify(std::string_view access_token,
                                                              domain::Timestamp now) {
  auto principal = signatures_.verify(access_token, now);
  if (principal && has_ended(*principal)) return invalid_token("its session has ended");
  return principal;
}

std::optional<domain::Principal> OpenSessionVerifier::known(std::string_view access_token,
                                                            domain::Timestamp now) {
  const auto principal = signatures_.known(access_token, now);
  return principal && has_ended(*principal) ? std::nullopt : principal;
}

}  // namespace vigie::auth
