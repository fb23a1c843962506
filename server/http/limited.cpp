#include "server/http/limited.hpp"

#include <charconv>

#include "server/domain/account_rules.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::http {
namespace {

namespace attributes = telemetry::attributes;

telemetry::Counter& counter_of(const Instruments& instruments, std::string_view scope) {
  return instruments.metrics.counter(telemetry::metrics::kRateLimited, {scope});
}

std::string policy_header_of(const RatePolicy& policy) {
  const auto window_s = std::chrono::ceil<std::chrono::seconds>(policy.window).count();
  return '"' + std::string(policy.name) + "\";q=" + std::to_string(policy.quota) +
         ";w=" + std::to_string(window_s);
}

void log_limited(telemetry::Log& log, const Exchange& exchange, std::string_view scope) {
  log.write(telemetry::log_events::kRateLimited,
            context_of(exchange.context.trace, exchange.context.correlation_id),
            {{attributes::kRateLimitScope, scope},
             {attributes::kHttpRoute, exchange.match.route->pattern},
             {attributes::kClientAddress, exchange.client_address}});
}

RateLimiter::Decision take_from(RateLimiter& limiter, std::string_view owner,
                                RateLimiter::TimePoint now) {
  if (limiter.is_unlimited()) return {};
  return limiter.take(limiter.key_of(owner), now);
}

}  // namespace

Limited::Limited(const RatePolicy& policy, const Instruments& instruments, Stage& next)
    : limiter_(policy),
      policy_header_(policy_header_of(policy)),
      log_(instruments.log),
      limited_accounts_(counter_of(instruments, "account")),
      limited_addresses_(counter_of(instruments, "address")),
      next_(next) {}

Response Limited::run(Exchange& exchange) {
  // What net refused is answered in any case: there is nothing to save.
  if (limiter_.is_unlimited() || exchange.network_refusal != nullptr) return next_.run(exchange);
  const RateLimiter::Decision decision = decide(exchange);
  Response response = decision.is_allowed ? next_.run(exchange) : refuse_excess(exchange, decision);
  add_headers(response, decision);
  return response;
}

RateLimiter::Decision Limited::decide(const Exchange& exchange) {
  const auto& account = exchange.context.principal.account_id;
  std::array<char, 16> storage;
  const std::string_view owner =
      account ? std::string_view(reinterpret_cast<const char*>(account->uuid.bytes.data()),
                                 account->uuid.bytes.size())
              : address_of_client(exchange.client_address, storage);
  return limiter_.take(limiter_.key_of(owner), exchange.request.received_at);
}

Response Limited::refuse_excess(Exchange& exchange, const RateLimiter::Decision& decision) {
  const bool is_account = !exchange.context.principal.is_anonymous();
  (is_account ? limited_accounts_ : limited_addresses_).add();
  log_limited(log_, exchange, is_account ? "account" : "address");
  return refuse(exchange, {.type = &problems::of(domain::Code::kRateLimited),
                           .detail = "Wait for Retry-After seconds.",
                           .retry_after_s = static_cast<int>(decision.retry_after_s)});
}

void Limited::add_headers(Response& response, const RateLimiter::Decision& decision) const {
  std::array<char, 64> text;
  char* end = text.data();
  const auto append = [&](std::string_view piece) { end += piece.copy(end, piece.size()); };
  const auto append_number = [&](std::int64_t number) {
    end = std::to_chars(end, text.data() + text.size(), number).ptr;
  };
  append("\"");
  append(limiter_.policy().name.substr(0, 16));
  append("\";r=");
  append_number(decision.remaining);
  append(";t=");
  append_number(decision.reset_s);
  response.headers.add("RateLimit-Policy", policy_header_);
  response.headers.add("RateLimit", std::string(text.data(), end));
}

SignInLimit::SignInLimit(const RatePolicy& of_account, const RatePolicy& of_address,
                         const Instruments& instruments)
    : by_account_(of_account),
      by_address_(of_address),
      log_(instruments.log),
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
  log_limited(log_, exchange, "login");
  exchange.retry_after_s = static_cast<int>(decision.retry_after_s);
  return domain::Error{.code = domain::Code::kRateLimited,
                       .message = "Too many attempts to sign in. Wait for Retry-After seconds."};
}

}  // namespace vigie::http
