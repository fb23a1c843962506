#include "server/domain/own_account.hpp"

#include <utility>

#include "server/domain/password_rules.hpp"

namespace vigie::domain {
namespace {

Error unknown_caller() {
  return {.code = Code::kNotAuthenticated, .message = "Sign in to do this."};
}

}  // namespace

Result<void> OwnAccount::change_password(const Context& context, std::string_view current,
                                         std::string_view wanted) {
  const auto account = confirmed(context, current);
  if (!account) return account.error();
  return life_.set_password(context, *account, wanted, "/new_password",
                            {.keep = context.principal.session_id});
}

Result<void> OwnAccount::end_sessions(const Context& context) {
  if (context.principal.is_anonymous()) return unknown_caller();
  auto done = life_.end_sessions(context, *context.principal.account_id);
  if (!done && done.error().code == Code::kNotFound) return unknown_caller();
  return done;
}

Result<void> OwnAccount::erase(const Context& context, std::string_view password) {
  const auto account = confirmed(context, password);
  if (!account) return account.error();
  return life_.erase(context, account->id);
}

Result<Account> OwnAccount::confirmed(const Context& context, std::string_view password) {
  if (context.principal.is_anonymous()) return unknown_caller();
  auto found = accounts_.find(context, *context.principal.account_id);
  if (!found) return std::move(found).error();
  if (!*found || (*found)->disabled_at) return unknown_caller();
  const auto attempt = guard_.begin(context, (*found)->email, (*found)->id);
  if (!attempt) return attempt.error();
  if (password.size() <= PasswordLimits::kBytesMax) {
    const auto matches = hasher_.verify(context, password, (*found)->password_hash);
    if (!matches) {
      guard_.withdraw(context, *attempt);
      return matches.error();
    }
    if (*matches) {
      if (auto done = guard_.succeed(context, *attempt, (*found)->id); !done) {
        return std::move(done).error();
      }
      return **std::move(found);
    }
  }
  return Error{.code = Code::kForbidden, .message = "The current password is wrong."};
}

}  // namespace vigie::domain
