#include <utility>

#include "server/http/account_json.hpp"
#include "server/http/answers.hpp"
#include "server/http/handlers.hpp"

namespace vigie::http {
namespace {

using domain::AccountId;
using domain::Result;

Answer emptied(Result<void> done) {
  if (!done) return std::move(done).error();
  return empty_answer();
}

/// Whoever has an access token may try passwords: as often as who signs in, and counted apart.
Result<void> take_attempt(Resources& resources, Exchange& exchange) {
  const auto& account = exchange.context.principal.account_id;
  return resources.sign_in_limit.take(exchange, account ? account->to_string() : "");
}

using Administered = Result<void> (domain::AccountAdministration::*)(const domain::Context&,
                                                                     AccountId);

Answer administer(Resources& resources, Exchange& exchange, Administered change) {
  const auto id = AccountId::parse(exchange.match.parameters[0]);
  // Who may not administer is not told which ids there are: one that is none is asked about as
  // well.
  auto done = (resources.administration.*change)(exchange.context, id.value_or(AccountId{}));
  return emptied(std::move(done));
}

}  // namespace

Answer change_password(Resources& resources, Exchange& exchange) {
  const auto given = decode_password_change(exchange.json);
  if (!given) return given.error();
  if (auto limited = take_attempt(resources, exchange); !limited) return std::move(limited).error();
  auto done =
      resources.own_account.change_password(exchange.context, given->current, given->wanted);
  if (!done) tell_when_to_try_again(exchange, done.error());
  return emptied(std::move(done));
}

Answer end_sessions(Resources& resources, Exchange& exchange) {
  return emptied(resources.own_account.end_sessions(exchange.context));
}

Answer delete_account(Resources& resources, Exchange& exchange) {
  const auto password = decode_password(exchange.json);
  if (!password) return password.error();
  if (auto limited = take_attempt(resources, exchange); !limited) return std::move(limited).error();
  auto done = resources.own_account.erase(exchange.context, *password);
  if (!done) tell_when_to_try_again(exchange, done.error());
  return emptied(std::move(done));
}

Answer disable_account(Resources& resources, Exchange& exchange) {
  return administer(resources, exchange, &domain::AccountAdministration::disable);
}

Answer enable_account(Resources& resources, Exchange& exchange) {
  return administer(resources, exchange, &domain::AccountAdministration::enable);
}

Answer end_sessions_of(Resources& resources, Exchange& exchange) {
  return administer(resources, exchange, &domain::AccountAdministration::end_sessions);
}

Answer request_password_reset(Resources& resources, Exchange& exchange) {
  const auto email = decode_reset_request(exchange.json);
  if (!email) return email.error();
  if (auto limited = resources.sign_in_limit.take(exchange, "reset " + *email); !limited) {
    return std::move(limited).error();
  }
  if (auto done = resources.password_resets.request(exchange.context, *email); !done) {
    return std::move(done).error();
  }
  Response response = empty_answer();
  response.status = 202;
  return response;
}

Answer complete_password_reset(Resources& resources, Exchange& exchange) {
  const auto given = decode_password_reset(exchange.json);
  if (!given) return given.error();
  if (auto limited = resources.sign_in_limit.take(exchange, "reset"); !limited) {
    return std::move(limited).error();
  }
  return emptied(resources.password_resets.complete(exchange.context, given->token, given->wanted));
}

}  // namespace vigie::http
