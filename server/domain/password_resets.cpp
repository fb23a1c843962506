#include "server/domain/password_resets.hpp"

#include <optional>
#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/domain/field_faults.hpp"

namespace vigie::domain {
namespace {

/// Far longer than any that was issued: not worth hashing.
constexpr std::size_t kTokenBytesMax = 256;

Error invalid_token() {
  FieldFaults faults;
  faults.add("/token", "is unknown, was used or has expired; ask for another one");
  return validation_error(std::move(faults).take());
}

}  // namespace

Result<void> PasswordResets::request(const Context& context, std::string_view email) {
  if (!ports_.courier.is_able()) {
    return Error{.code = Code::kResetNotOffered,
                 .message =
                     "This server sends no mails. Ask its operator, who can give you a "
                     "token that sets another password."};
  }
  const std::string token = ports_.tokens.next();
  const Timestamp since = ports_.clock.now() - limits_.lifetime;
  // What is no address is nobody's, and may hold what the store does not take.
  const std::string wanted = is_email(email) ? normalised_email(email) : "";
  const auto account =
      ports_.resets.insert_for(context, reset_of(token), wanted, since, limits_.pending_max);
  if (!account) return account.error();
  if (!*account) return {};
  if (auto done = record(context, (*account)->id); !done) return done;
  return ports_.courier.send(context, **account, token);
}

Result<std::string> PasswordResets::issue(const Context& context, AccountId id) {
  std::string token = ports_.tokens.next();
  auto done = ports_.resets.insert(context, reset_of(token), id);
  if (done) done = record(context, id);
  if (!done) return std::move(done).error();
  return token;
}

Result<void> PasswordResets::complete(const Context& context, std::string_view token,
                                      std::string_view password) {
  if (token.size() > kTokenBytesMax) return invalid_token();
  const TokenHash hash = ports_.tokens.hash(token);
  const auto account = ports_.resets.find(context, hash, ports_.clock.now());
  if (!account) return account.error();
  if (!*account) return invalid_token();
  auto done = life_.set_password(
      context, **account, password, "/new_password",
      {.change = AccountChange::kPasswordReset, .keep = std::nullopt, .reset = hash});
  // Somebody else was faster with it, or the account is gone.
  if (!done && done.error().code == Code::kNotFound) return invalid_token();
  return done;
}

PasswordReset PasswordResets::reset_of(std::string_view token) const {
  const Timestamp now = ports_.clock.now();
  return {
      .hash = ports_.tokens.hash(token), .created_at = now, .expires_at = now + limits_.lifetime};
}

Result<void> PasswordResets::record(const Context& context, AccountId id) {
  const auto change = AccountChange::kResetIssued;
  auto done =
      ports_.accounts.record(context, {.account_id = id,
                                       .changed_at = ports_.clock.now(),
                                       .change = change,
                                       .actor_id = context.principal.account_id,
                                       .correlation_id = std::string(context.correlation_id)});
  if (done) ports_.observer.account_changed(context, change, id);
  return done;
}

}  // namespace vigie::domain
