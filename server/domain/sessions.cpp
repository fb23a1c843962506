#include "server/domain/sessions.hpp"

#include <string>
#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/domain/password_rules.hpp"

namespace vigie::domain {
namespace {

Error invalid_credentials() {
  return {.code = Code::kInvalidCredentials, .message = "The e-mail or the password is wrong."};
}

/// For who knows the password alone.
Error account_disabled() {
  return {.code = Code::kAccountDisabled,
          .message = "This account has been disabled. Its operator can enable it."};
}

Error invalid_refresh_token() {
  return {.code = Code::kInvalidToken, .message = "The refresh token is not valid."};
}

Error reused_refresh_token() {
  return {.code = Code::kRefreshTokenReused,
          .message =
              "The refresh token was used before. The session that came from its sign-in has "
              "been ended; sign in again."};
}

/// Far longer than any that was issued: not worth hashing.
constexpr std::size_t kRefreshTokenBytesMax = 256;

}  // namespace

Sessions::Sessions(const Ports& ports, SessionLifetimes lifetimes)
    : ports_(ports), lifetimes_(lifetimes) {}

Result<TokenPair> Sessions::login(const Context& context, std::string_view email,
                                  std::string_view password) {
  auto found = account_of(context, email);
  if (!found) return std::move(found).error();
  const std::optional<Account> account = *std::move(found);
  const auto attempt =
      ports_.guard.begin(context, email, account ? std::optional(account->id) : std::nullopt);
  if (!attempt) {
    if (attempt.error().code == Code::kRateLimited) {
      ports_.observer.sign_in(context, SignIn::kPassword, SignInOutcome::kInvalid);
    }
    return attempt.error();
  }
  // No account and a password nobody can have are verified against the dummy, for equal time.
  const bool is_possible = account && password.size() <= PasswordLimits::kBytesMax;
  const auto matches =
      ports_.hasher.verify(context, password.substr(0, PasswordLimits::kBytesMax),
                           is_possible ? std::string_view{account->password_hash} : "");
  if (!matches) {
    ports_.guard.withdraw(context, *attempt);
    return matches.error();
  }
  if (!is_possible || !*matches) {
    ports_.observer.sign_in(context, SignIn::kPassword, SignInOutcome::kInvalid);
    return invalid_credentials();
  }

  if (auto done = ports_.guard.succeed(context, *attempt, account->id); !done) {
    return std::move(done).error();
  }
  if (account->disabled_at) {
    ports_.observer.sign_in(context, SignIn::kPassword, SignInOutcome::kInvalid);
    return account_disabled();
  }
  auto pair = begin_session(context, *account);
  if (!pair) return pair;
  renew_hash(context, *account, password);
  ports_.observer.sign_in(context, SignIn::kPassword, SignInOutcome::kSuccess);
  return pair;
}

Result<TokenPair> Sessions::begin_session(const Context& context, const Account& account) {
  const Timestamp now = ports_.clock.now();
  std::string token = ports_.tokens.refresh_token();
  const RefreshToken first{.family_id = {ports_.ids.next()},
                           .account_id = account.id,
                           .hash = ports_.tokens.hash(token),
                           .created_at = now,
                           .expires_at = now + lifetimes_.refresh,
                           .credentials_version = account.credentials_version};
  const auto inserted = ports_.sessions.insert(context, first);
  if (inserted) return pair_of(account, first.family_id, now, std::move(token));
  if (inserted.error().code != Code::kInvalidCredentials) return inserted.error();
  // The password was changed, or the account disabled, while this one was verified.
  ports_.observer.sign_in(context, SignIn::kPassword, SignInOutcome::kInvalid);
  return invalid_credentials();
}

Result<TokenPair> Sessions::refresh(const Context& context, std::string_view refresh_token) {
  const auto refuse = [&](SignInOutcome outcome, Error error) {
    ports_.observer.sign_in(context, SignIn::kRefresh, outcome);
    return error;
  };
  if (refresh_token.size() > kRefreshTokenBytesMax) {
    return refuse(SignInOutcome::kInvalid, invalid_refresh_token());
  }
  const Timestamp now = ports_.clock.now();
  std::string next = ports_.tokens.refresh_token();
  const auto rotation = ports_.sessions.rotate(context, ports_.tokens.hash(refresh_token),
                                               {.hash = ports_.tokens.hash(next),
                                                .now = now,
                                                .expires_at = now + lifetimes_.refresh,
                                                .repeat_within = lifetimes_.repeat});
  if (!rotation) return rotation.error();
  if (rotation->outcome == Rotation::Outcome::kReused) {
    Context of_account = context;  // so that who is told learns whose session it was
    of_account.principal.account_id = rotation->account.id;
    ports_.observer.sign_in(of_account, SignIn::kRefresh, SignInOutcome::kReused);
    return reused_refresh_token();
  }
  if (rotation->outcome == Rotation::Outcome::kUnknown) {
    return refuse(SignInOutcome::kInvalid, invalid_refresh_token());
  }

  ports_.observer.sign_in(context, SignIn::kRefresh,
                          rotation->outcome == Rotation::Outcome::kRepeated
                              ? SignInOutcome::kRepeated
                              : SignInOutcome::kSuccess);
  return pair_of(rotation->account, rotation->family_id, now, std::move(next));
}

Result<void> Sessions::logout(const Context& context, std::string_view refresh_token) {
  if (refresh_token.size() > kRefreshTokenBytesMax) return {};
  return ports_.sessions.revoke_family(context, ports_.tokens.hash(refresh_token),
                                       ports_.clock.now());
}

Result<std::optional<Account>> Sessions::account_of(const Context& context,
                                                    std::string_view email) {
  // What is no address is nobody's, and is kept from the store: it may hold a NUL, or megabytes.
  if (!is_email(email)) return std::optional<Account>{};
  return ports_.accounts.find_by_email(context, normalised_email(email));
}

/// The password is at hand only at a sign-in: the one moment to bring its hash to the cost that is
/// configured now. A sign-in does not fail because this did; the next one tries again.
void Sessions::renew_hash(const Context& context, const Account& account,
                          std::string_view password) {
  if (!ports_.hasher.is_outdated(account.password_hash)) return;
  const auto hash = ports_.hasher.hash(context, password);
  if (hash) static_cast<void>(ports_.accounts.replace_password_hash(context, account, *hash));
}

TokenPair Sessions::pair_of(const Account& account, SessionId session, Timestamp now,
                            std::string refresh_token) {
  return {.access_token = ports_.tokens.access_token(account, session, now, lifetimes_.access),
          .access_lifetime = lifetimes_.access,
          .refresh_token = std::move(refresh_token),
          .refresh_lifetime = lifetimes_.refresh};
}

}  // namespace vigie::domain
