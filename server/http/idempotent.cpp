#include "server/http/idempotent.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <variant>

#include "server/domain/caller.hpp"
#include "server/platform/core/hex.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/trace.hpp"

namespace vigie::http {
namespace {

constexpr std::size_t kKeyBytesMax = 255;

bool is_valid_key(std::string_view key) {
  return !key.empty() && key.size() <= kKeyBytesMax &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

/// Names in an answer are literals, so a stored name is exchanged for the literal it was.
std::string_view header_name(std::string_view stored) {
  static constexpr std::array<std::string_view, 10> kStored = {
      "Content-Type", "Cache-Control", "Location",         "ETag",  "Link",
      "Vary",         "Retry-After",   "WWW-Authenticate", "Allow", "Content-Location"};
  const auto* const found = std::find(kStored.begin(), kStored.end(), stored);
  return found == kStored.end() ? std::string_view{} : *found;
}

domain::StoredAnswer stored(const Response& response, const telemetry::Trace* trace) {
  domain::StoredAnswer answer{.status = response.status};
  if (trace != nullptr) answer.traceparent = trace->traceparent();
  for (const auto& field : response.headers.fields()) {
    if (header_name(field.name).empty()) continue;
    answer.headers.emplace_back(field.name, field.value);
  }
  // Keyed routes answer with text: files and streams are not for writes.
  if (const auto* text = std::get_if<std::string>(&response.body)) answer.body = *text;
  return answer;
}

/// Leads from a replayed answer to the trace that made it.
void link_to_maker(const domain::StoredAnswer& answer, telemetry::Trace* trace) {
  if (trace == nullptr) return;
  if (const auto maker = telemetry::parse_traceparent(answer.traceparent, "")) {
    trace->link(maker->trace_id, maker->span_id);
  }
}

Response replayed(const domain::StoredAnswer& answer) {
  Response response{.status = answer.status};
  for (const auto& [name, value] : answer.headers) {
    if (!header_name(name).empty()) response.headers.add(header_name(name), value);
  }
  response.headers.add("Idempotency-Replayed", "true");
  response.body = answer.body;
  return response;
}

/// What is no word on the request itself leaves its key free: failures, haste, and conditions that
/// did not hold. Whoever corrects If-Match, which is no part of the fingerprint, is served.
/// Nor are refusals of the anonymous stored: they would fill the table for nothing.
bool is_stored(const Exchange& exchange, int status) {
  if (exchange.context.principal.is_anonymous() && status >= 400) return false;
  return status < 500 && status != 429 && status != 412 && status != 428;
}

/// The unit of work ends with its claim: nothing may find it in the context afterwards.
class JoinedUnit {
 public:
  JoinedUnit(domain::Context& context, domain::UnitOfWork& unit) : context_(context) {
    context_.unit_of_work = &unit;
  }
  ~JoinedUnit() { context_.unit_of_work = nullptr; }
  JoinedUnit(const JoinedUnit&) = delete;
  JoinedUnit& operator=(const JoinedUnit&) = delete;

 private:
  domain::Context& context_;
};

}  // namespace

Idempotent::Idempotent(const Ports& ports, const Bounds& bounds, telemetry::Metrics& metrics,
                       FirstPhase& first, Stage& next)
    : ports_(ports),
      lifetime_(bounds.lifetime),
      stored_({.name = "keyed", .quota = bounds.answers_per_caller_max, .window = bounds.lifetime}),
      new_(metrics.counter(telemetry::metrics::kIdempotencyRequests, {"new"})),
      replayed_(metrics.counter(telemetry::metrics::kIdempotencyRequests, {"replay"})),
      conflicts_(metrics.counter(telemetry::metrics::kIdempotencyRequests, {"conflict"})),
      in_progress_(metrics.counter(telemetry::metrics::kIdempotencyRequests, {"in_progress"})),
      refused_(metrics.counter(telemetry::metrics::kIdempotencyRequests, {"refused"})),
      first_(first),
      next_(next) {}

Response Idempotent::run(Exchange& exchange) {
  if (!exchange.match.route->is_keyed) return next_.run(exchange);
  const auto key = exchange.request.headers.first("Idempotency-Key");
  if (!key) return next_.run(exchange);
  const bool is_single = exchange.request.headers.count("Idempotency-Key") == 1;
  if (is_single && is_valid_key(*key)) return run_keyed(exchange, *key);
  refused_.add();
  return refuse(exchange, {.type = &problems::kInvalidIdempotencyKey,
                           .detail = "Send it once, with 1 to 255 visible ASCII characters."});
}

Response Idempotent::run_keyed(Exchange& exchange, std::string_view key) {
  const std::string scope = scope_of(exchange);
  const domain::Fingerprint fingerprint = fingerprint_of(exchange, scope);
  if (first_.has_preparation(exchange)) {
    if (auto answer = prepare(exchange, scope, key, fingerprint)) return *std::move(answer);
  }
  auto claimed = ports_.store.claim(exchange.context, scope, key, fingerprint, ports_.clock.now());
  if (!claimed) return refuse_claim(exchange, std::move(claimed).error());
  if (const auto* answer = std::get_if<domain::StoredAnswer>(&*claimed)) {
    return replay(exchange, *answer);
  }
  if (auto refusal = refuse_excess(exchange)) return *std::move(refusal);
  new_.add();
  return run_claimed(exchange,
                     *std::get<std::unique_ptr<domain::IdempotencyStore::Claim>>(*claimed));
}

Response Idempotent::run_claimed(Exchange& exchange, domain::IdempotencyStore::Claim& claim) {
  const JoinedUnit joined(exchange.context, claim.unit_of_work());
  Response response = next_.run(exchange);
  if (!is_stored(exchange, response.status)) return response;
  if (response.status >= 400) {
    if (auto undone = claim.unit_of_work().undo(); !undone) {
      return refuse(exchange, Problem::of(std::move(undone).error()));
    }
  }
  const auto expires_at = ports_.clock.now() + lifetime_;
  auto committed = claim.commit(stored(response, exchange.context.trace), expires_at);
  if (!committed) return refuse(exchange, Problem::of(std::move(committed).error()));
  return response;
}

/// Looks first: what is answered already need not be prepared again.
std::optional<Response> Idempotent::prepare(Exchange& exchange, std::string_view scope,
                                            std::string_view key,
                                            const domain::Fingerprint& fingerprint) {
  auto found = ports_.store.find(exchange.context, scope, key, fingerprint, ports_.clock.now());
  if (!found) return refuse_claim(exchange, std::move(found).error());
  if (*found) return replay(exchange, **found);
  auto refusal = first_.prepare(exchange);
  if (refusal) refused_.add();
  return refusal;
}

Response Idempotent::replay(Exchange& exchange, const domain::StoredAnswer& answer) {
  replayed_.add();
  link_to_maker(answer, exchange.context.trace);
  return replayed(answer);
}

Response Idempotent::refuse_claim(Exchange& exchange, domain::Error error) {
  const bool is_conflict = error.code == domain::Code::kIdempotencyKeyReused;
  const bool is_in_flight = error.code == domain::Code::kIdempotencyKeyInFlight;
  (is_conflict ? conflicts_ : is_in_flight ? in_progress_ : refused_).add();
  return refuse(exchange, Problem::of(std::move(error)));
}

std::string Idempotent::scope_of(const Exchange& exchange) {
  const auto& account = exchange.context.principal.account_id;
  if (account) return account->to_string();
  // No address is kept where a hash of it will do.
  const auto address = domain::CallerKey::of_address(exchange.client_address);
  const auto mac = ports_.authenticator.mac("idempotency scope", address.bytes());
  return "anonymous:" + core::to_hex(mac);
}

std::optional<Response> Idempotent::refuse_excess(Exchange& exchange) {
  const domain::Caller caller = domain::Caller::of(exchange.context);
  for (const auto& key : {caller.address, caller.account}) {
    if (!key) continue;
    const auto decision = stored_.take(stored_.key_of(key->bytes()), exchange.request.received_at);
    if (decision.is_allowed) continue;
    refused_.add();
    return refuse(exchange, {.type = &problems::of(domain::Code::kShareExceeded),
                             .detail = "You have as many answers stored under keys as one caller "
                                       "may have: " +
                                       std::to_string(stored_.policy().quota) +
                                       ". Send no key, or wait for Retry-After seconds.",
                             .retry_after_s = static_cast<int>(decision.retry_after_s)});
  }
  return std::nullopt;
}

domain::Fingerprint Idempotent::fingerprint_of(const Exchange& exchange, std::string_view scope) {
  const Request& request = exchange.request;
  std::string message;
  message.reserve(256 + exchange.body.size());
  for (const std::string_view part :
       {name_of(request.method), exchange.match.route->pattern, request.path, request.query, scope,
        std::string_view(exchange.body)}) {
    message += std::to_string(part.size());
    message += ':';
    message += part;
  }
  return {ports_.authenticator.mac("idempotency", message)};
}

}  // namespace vigie::http
