#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/account_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/id_source.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/result.hpp"
#include "server/domain/secrets.hpp"
#include "server/domain/session.hpp"
#include "server/domain/session_store.hpp"
#include "server/domain/sign_in_guard.hpp"

namespace vigie::domain {

struct SessionLifetimes {
  std::chrono::seconds access = std::chrono::minutes{15};
  /// Counted anew with each rotation.
  std::chrono::seconds refresh = std::chrono::days{30};
  /// So long after its trade a refresh token is taken again: the answer may have been lost, or two
  /// windows of one client were equally quick.
  std::chrono::seconds repeat{10};
};

/// Use-cases of signing in and out. Must not run inside a unit of work that may be undone: the
/// revocation after a reuse has to stay. Thread-safe.
class Sessions {
 public:
  /// What sessions are made with. All outlive the object.
  struct Ports {
    AccountStore& accounts;
    SessionStore& sessions;
    SignInGuard& guard;
    PasswordHasher& hasher;
    TokenIssuer& tokens;
    const Clock& clock;
    IdSource& ids;
    Observer& observer;
  };

  Sessions(const Ports& ports, SessionLifetimes lifetimes);

  /// kInvalidCredentials for an unknown account and for a wrong password alike, after equal work.
  /// kAccountDisabled for who knows the password of one that is. kRateLimited when too many have
  /// failed lately, whoever asks: the password is not looked at then.
  Result<TokenPair> login(const Context& context, std::string_view email,
                          std::string_view password);
  /// Trades a refresh token for a new pair of the same session. kInvalidToken when it is unknown,
  /// expired or revoked; kRefreshTokenReused when it had been traded before, more than a moment
  /// ago: its whole family is revoked then.
  Result<TokenPair> refresh(const Context& context, std::string_view refresh_token);
  /// Revokes the family of the token. A token that is unknown is no error: the caller is signed
  /// out.
  Result<void> logout(const Context& context, std::string_view refresh_token);

 private:
  Result<std::optional<Account>> account_of(const Context& context, std::string_view email);
  void renew_hash(const Context& context, const Account& account, std::string_view password);
  Result<TokenPair> begin_session(const Context& context, const Account& account);
  TokenPair pair_of(const Account& account, SessionId session, Timestamp now,
                    std::string refresh_token);

  Ports ports_;
  SessionLifetimes lifetimes_;
};

}  // namespace vigie::domain
