#include "server/http/limited.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

#include "server/domain/account_rules.hpp"
#include "server/domain/caller.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::http {
namespace {

telemetry::Counter& counter_of(const Instruments& instruments, std::string_view scope) {
  return instruments.metrics.counter(telemetry::metrics::kRateLimited, {scope});
}

std::string policy_header_of(const RatePolicy& policy) {
  const auto window_s = std::chrono::ceil<std::chrono::seconds>(policy.window).count();
  return '"' + std::string(policy.name) + "\";q=" + std::to_string(policy.quota) +
         ";w=" + std::to_string(window_s);
}

RateLimiter::Decision take_from(RateLimiter& limiter, std::string_view owner,
                                RateLimiter::TimePoint now) {
  if (limiter.is_unlimited()) return {};
  return limiter.take(limiter.key_of(owner), now);
}

}  // namespace

Limited::Limited(const Policies& policies, const Instruments& instruments, Stage& next)
    : by_address_(policies.of_address),
      by_account_(policies.of_account),
      of_address_{&by_address_, policy_header_of(policies.of_address), "address",
                  counter_of(instruments, "address")},
      of_account_{&by_account_, policy_header_of(policies.of_account), "account",
                  counter_of(instruments, "account")},
      next_(next) {}

Response Limited::run(Exchange& exchange) {
  // A probe asks for whoever stands in front of us, from the address of many.
  if (exchange.match.route->is_probe) return next_.run(exchange);
  const Verdict verdict = judge(exchange);
  // What net refused is counted, but answered in any case: there is nothing to save.
  if (exchange.network_refusal != nullptr || verdict.scope == nullptr) return next_.run(exchange);
  Response response =
      verdict.decision.is_allowed ? next_.run(exchange) : refuse_excess(exchange, verdict);
  add_headers(response, verdict);
  return response;
}

/// First the address: what is refused for it does not use up what the account may ask elsewhere.
Limited::Verdict Limited::judge(const Exchange& exchange) {
  const auto now = exchange.request.received_at;
  Verdict verdict;
  if (!by_address_.is_unlimited()) {
    const auto address = domain::CallerKey::of_address(exchange.client_address);
    verdict = {&of_address_, by_address_.take(by_address_.key_of(address.bytes()), now)};
    if (!verdict.decision.is_allowed) return verdict;
  }
  const auto& account = exchange.context.principal.account_id;
  if (!account || by_account_.is_unlimited()) return verdict;
  const auto key = domain::CallerKey::of(*account);
  const auto decision = by_account_.take(by_account_.key_of(key.bytes()), now);
  const bool is_tighter = verdict.scope == nullptr || !decision.is_allowed ||
                          decision.remaining < verdict.decision.remaining;
  return is_tighter ? Verdict{&of_account_, decision} : verdict;
}

Response Limited::refuse_excess(Exchange& exchange, const Verdict& verdict) {
  verdict.scope->refused.add();
  exchange.rate_limit_scope = verdict.scope->name;
  return refuse(exchange, {.type = &problems::of(domain::Code::kRateLimited),
                           .detail = "Wait for Retry-After seconds.",
                           .retry_after_s = static_cast<int>(verdict.decision.retry_after_s)});
}

void Limited::add_headers(Response& response, const Verdict& verdict) {
  const RateLimiter::Decision& decision = verdict.decision;
  std::string remaining = "\"";
  remaining += verdict.scope->limiter->policy().name;
  remaining += "\";r=";
  remaining += std::to_string(decision.remaining);
  remaining += ";t=";
  remaining += std::to_string(decision.reset_s);
  response.headers.add("RateLimit-Policy", verdict.scope->policy_header);
  response.headers.add("RateLimit", std::move(remaining));
}

SignInLimit::SignInLimit(const RatePolicy& of_account, const RatePolicy& of_address,
                         const Instruments& instruments)
    : by_account_(of_account),
      by_address_(of_address),
      limited_(counter_of(instruments, "login")) {}

domain::Result<void> SignInLimit::take(Exchange& exchange, std::string_view email) {
  std::array<char, 16> storage;
  const std::string_view address = address_of_client(exchange.client_address, storage);
  const auto now = exchange.request.received_at;
  // First the address: what it tries beyond its bucket does not use up that of an account.
  auto decision = take_from(by_address_, address, now);
  if (decision.is_allowed) {
    std::string owner = domain::normalised_email(email);
    owner += '\0';
    owner += address;
    decision = take_from(by_account_, owner, now);
  }
  if (decision.is_allowed) return {};
  limited_.add();
  exchange.rate_limit_scope = "login";
  exchange.retry_after_s = static_cast<int>(decision.retry_after_s);
  return domain::Error{.code = domain::Code::kRateLimited,
                       .message = "Too many attempts to sign in. Wait for Retry-After seconds."};
}

RegistrationLimit::RegistrationLimit(const RatePolicy& of_address, const Instruments& instruments)
    : by_address_(of_address),
      limited_(counter_of(instruments, "address")) {}

domain::Result<void> RegistrationLimit::take(Exchange& exchange) {
  std::array<char, 16> storage;
  const std::string_view address = address_of_client(exchange.client_address, storage);
  const auto decision = take_from(by_address_, address, exchange.request.received_at);
  if (decision.is_allowed) return {};
  limited_.add();
  exchange.rate_limit_scope = "address";
  exchange.retry_after_s = static_cast<int>(decision.retry_after_s);
  return domain::Error{.code = domain::Code::kRateLimited,
                       .message = "Too many registrations. Wait for Retry-After seconds."};
}

}  // namespace vigie::http
