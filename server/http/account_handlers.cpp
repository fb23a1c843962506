#include <utility>

#include "server/http/account_json.hpp"
#include "server/http/answers.hpp"
#include "server/http/handlers.hpp"

namespace vigie::http {

void tell_when_to_try_again(Exchange& exchange, const domain::Error& error) {
  const bool is_limited = error.code == domain::Code::kRateLimited;
  if (is_limited) exchange.retry_after_s = static_cast<int>(domain::kRetryAfterMax.count());
}

domain::Result<void> prepare_registration(Resources& resources, Exchange& exchange) {
  const auto wanted = decode_new_account(exchange.json);
  if (!wanted) return wanted.error();
  // Before anything is hashed, and before anybody learns whether the address is taken.
  if (auto limited = resources.registration_limit.take(exchange); !limited) return limited;
  auto account = resources.accounts.prepare(exchange.context, *wanted, domain::Role::kUser);
  if (!account) return std::move(account).error();
  exchange.prepared = *std::move(account);
  return {};
}

Answer register_account(Resources& resources, Exchange& exchange) {
  const auto account = resources.accounts.open(
      exchange.context, std::any_cast<domain::Account>(std::move(exchange.prepared)));
  if (!account) return account.error();
  Response response = json_answer(201, encode_account(*account), caching::kNever);
  response.headers.add("Location", "/api/v1/accounts/me");
  return response;
}

Answer show_own_account(Resources& resources, Exchange& exchange) {
  const auto account = resources.accounts.me(exchange.context);
  if (!account) return account.error();
  return json_answer(200, encode_account(*account), caching::kNever);
}

Answer log_in(Resources& resources, Exchange& exchange) {
  const auto given = decode_credentials(exchange.json);
  if (!given) return given.error();
  if (auto limited = resources.sign_in_limit.take(exchange, given->email); !limited) {
    return std::move(limited).error();
  }
  const auto tokens = resources.sessions.login(exchange.context, given->email, given->password);
  if (!tokens) {
    tell_when_to_try_again(exchange, tokens.error());
    return tokens.error();
  }
  return json_answer(200, encode_token_pair(*tokens), caching::kNever);
}

Answer refresh_session(Resources& resources, Exchange& exchange) {
  const auto token = decode_refresh_token(exchange.json);
  if (!token) return token.error();
  const auto tokens = resources.sessions.refresh(exchange.context, *token);
  if (!tokens) return tokens.error();
  return json_answer(200, encode_token_pair(*tokens), caching::kNever);
}

Answer log_out(Resources& resources, Exchange& exchange) {
  const auto token = decode_refresh_token(exchange.json);
  if (!token) return token.error();
  if (auto ended = resources.sessions.logout(exchange.context, *token); !ended) {
    return std::move(ended).error();
  }
  return empty_answer();
}

}  // namespace vigie::http
