#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/ended_sessions.hpp"
#include "server/domain/secrets.hpp"

namespace vigie::auth {

/// A verifier that also refuses tokens of sessions that are known to have ended.
class OpenSessionVerifier : public domain::TokenVerifier {
 public:
  OpenSessionVerifier(domain::TokenVerifier& signatures, const domain::EndedSessions& ended)
      : signatures_(signatures), ended_(ended) {}

  domain::Result<domain::Principal> verify(std::string_view access_token,
                                           domain::Timestamp now) override;
  std::optional<domain::Principal> known(std::string_view access_token,
                                         domain::Timestamp now) override;
  std::string jwks() const override { return signatures_.jwks(); }

 private:
  bool has_ended(const domain::Principal& principal) const {
    return principal.session_id && ended_.contains(*principal.session_id);
  }

  domain::TokenVerifier& signatures_;
  const domain::EndedSessions& ended_;
};

}  // namespace vigie::auth
