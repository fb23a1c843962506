#include "server/http/api.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/guarded.hpp"
#include "server/http/handled.hpp"
#include "server/http/handlers.hpp"
#include "server/http/idempotent.hpp"
#include "server/http/identified.hpp"
#include "server/http/limited.hpp"
#include "server/http/negotiated.hpp"
#include "server/http/network_refusal.hpp"
#include "server/http/observed.hpp"
#include "server/http/openapi.hpp"
#include "server/http/page.hpp"
#include "server/http/received.hpp"
#include "server/http/router.hpp"
#include "server/http/routes.hpp"

namespace vigie::http {
namespace {

/// The table, with the limits of this process applied.
std::vector<ApiRoute> routes_within(const ApiOptions& options) {
  const auto table = api_routes();
  std::vector<ApiRoute> routes(table.begin(), table.end());
  for (std::size_t row = 0; row < routes.size(); ++row) {
    Route& route = routes[row].route;
    route.row = row;
    route.body_bytes_max = std::min(
        route.body_bytes_max, route.is_streamed ? options.part_bytes_max : options.body_bytes_max);
    if (route.has_own_deadline) continue;
    route.deadline = std::min(route.deadline, options.request_deadline);
  }
  return routes;
}

std::vector<const Route*> pointers_to(const std::vector<ApiRoute>& routes) {
  std::vector<const Route*> pointers;
  pointers.reserve(routes.size());
  for (const ApiRoute& row : routes) pointers.push_back(&row.route);
  return pointers;
}

RatePolicy request_policy(std::string_view name, std::int64_t rate, std::int64_t burst) {
  if (rate <= 0) return {.name = name};
  const std::int64_t quota = std::max(rate, burst);
  // Refilled at the rate: a whole bucket takes quota / rate.
  return {.name = name,
          .quota = quota,
          .window = std::chrono::nanoseconds(std::chrono::seconds(1)) * quota / rate};
}

Limited::Policies request_policies(const ApiOptions& options) {
  const bool has_own = options.requests_per_address_per_second > 0;
  const std::int64_t rate =
      has_own ? options.requests_per_address_per_second : options.requests_per_second;
  const std::int64_t burst = has_own ? options.requests_per_address_burst : options.requests_burst;
  return {
      .of_account = request_policy("account", options.requests_per_second, options.requests_burst),
      .of_address = request_policy("default", rate, burst)};
}

RatePolicy sign_in_policy(const ApiOptions& options) {
  return {
      .name = "sign-in", .quota = options.sign_ins_per_minute, .window = std::chrono::minutes(1)};
}

RatePolicy registration_policy(const ApiOptions& options) {
  return {.name = "registration",
          .quota = options.registrations_per_address_per_minute,
          .window = std::chrono::minutes(1)};
}

RatePolicy sign_in_policy_per_address(const ApiOptions& options) {
  return {.name = "sign-in",
          .quota = options.sign_ins_per_address_per_minute,
          .window = std::chrono::minutes(1)};
}

/// The end of the pipeline: the handler of the route, and what it prepares.
class Handled : public Stage, public FirstPhase {
 public:
  Handled(const std::vector<ApiRoute>& routes, Resources& resources, telemetry::Log& log)
      : routes_(routes), resources_(resources), log_(log) {}

  Response run(Exchange& exchange) override {
    const bool must_prepare = has_preparation(exchange) && !exchange.prepared.has_value();
    if (must_prepare) {
      if (auto refusal = prepare(exchange)) return *std::move(refusal);
    }
    return answer_of(exchange, row_of(exchange).handler(resources_, exchange), log_);
  }

  bool has_preparation(const Exchange& exchange) const override {
    return row_of(exchange).preparation != nullptr;
  }

  std::optional<Response> prepare(Exchange& exchange) override {
    auto prepared = row_of(exchange).preparation(resources_, exchange);
    if (prepared) return std::nullopt;
    return answer_of(exchange, std::move(prepared).error(), log_);
  }

 private:
  const ApiRoute& row_of(const Exchange& exchange) const {
    return routes_[exchange.match.route->row];
  }

  const std::vector<ApiRoute>& routes_;
  Resources& resources_;
  telemetry::Log& log_;
};

/// A download is as long as the upload was, and its client may be as slow.
PlaceOf place_of(const Route& route) {
  if (route.is_probe) return PlaceOf::kNone;
  return route.is_streamed || route.has_ranges ? PlaceOf::kStreams : PlaceOf::kRequests;
}

/// When even recording failed, for lack of memory: what can be said without any.
Response bare_failure() noexcept { return {.status = 500, .must_close = true}; }

}  // namespace

/// Each stage with what is within it, so built from the inside out. Read it from the end.
class Api::Pipeline {
 public:
  Pipeline(const ApiDependencies& given, const ApiOptions& options)
      : trusted_proxies_(options.trusted_proxies),
        body_rate_min_(std::max<std::uint64_t>(options.body_rate_min, 1)),
        body_time_max_(options.body_time_max),
        routes_(routes_within(options)),
        pointers_(pointers_to(routes_)),
        router_(pointers_),
        slow_(pointers_),
        resources_{.accounts = given.accounts,
                   .own_account = given.own_account,
                   .administration = given.administration,
                   .password_resets = given.password_resets,
                   .sessions = given.sessions,
                   .events = given.events,
                   .media_uploads = given.media_uploads,
                   .media_library = given.media_library,
                   .time_zones = given.time_zones,
                   .tokens = given.tokens,
                   .clock = given.clock,
                   .cursor = EventCursor(given.authenticator),
                   .media_cursor = MediaCursor(given.authenticator),
                   .delivery = options.delivery,
                   .sign_in_limit{sign_in_policy(options), sign_in_policy_per_address(options),
                                  given.instruments},
                   .registration_limit{registration_policy(options), given.instruments},
                   .openapi = Document::of(openapi_json()),
                   .docs = Document::of(std::string(pages::docs().html))},
        // Innermost: decode, one use-case, encode.
        handled_(routes_, resources_, given.instruments.log),
        // Around the handler alone: what it stores is the handler's answer and its effect. Within
        // `authorized`, since a key belongs to a caller.
        idempotent_({given.idempotency, given.authenticator, given.clock},
                    {options.idempotency_lifetime, options.idempotency_answers_per_caller_max},
                    given.instruments.metrics, handled_, handled_),
        // Before `idempotent`, whose fingerprint covers the content; after `authorized`: nobody who
        // will be refused makes us read his content.
        received_(idempotent_),
        // After `negotiated`: what is not there needs no token to be told so.
        authorized_(received_),
        // Within `limited`: searching for routes costs the searcher his requests.
        negotiated_(authorized_),
        // Before all that costs: a refusal must be cheaper than the work it saves.
        limited_(request_policies(options), given.instruments, negotiated_),
        // Before `limited`, which counts by account too: a token is looked up in a cache, or
        // verified once. Who it is not, is counted by address.
        identified_(given.tokens, given.clock, given.instruments.metrics, limited_),
        // Around everything that may throw.
        guarded_(given.instruments.log, identified_),
        // Outermost, so that 401, 404, 413, 429, 500 and 503 are measured like 200.
        observed_(given.instruments, pointers_, slow_, options.tracing_callers, guarded_) {}

  Admission admit(const Request& request) {
    Exchange exchange(request, trusted_proxies_.client_of(request));
    begin(exchange);
    Admission admission{.body_bytes_max = exchange.match.route->body_bytes_max,
                        .body_deadline = exchange.context.deadline,
                        .caller = identified_.caller_of(exchange),
                        .place_of = place_of(*exchange.match.route)};
    if (!announces_content(request)) return admission;  // `handle` can say it as well
    const bool lacks_token = exchange.match.route->access == Access::kRequired &&
                             !request.headers.first("Authorization");
    // Stages that come after the one that refuses are not reached: none of them may wait here.
    if (lacks_token || refusal_of_header(exchange).type != nullptr) {
      admission.refusal = observed_.run(exchange);
    }
    return admission;
  }

  Response handle(const Request& request) {
    Exchange exchange(request, trusted_proxies_.client_of(request));
    begin(exchange);
    return observed_.run(exchange);
  }

  SlowThresholds& slow_thresholds() noexcept { return slow_; }
  const RequestMetrics& request_metrics() const noexcept { return observed_.request_metrics(); }

  Response refuse(const NetworkRefusal& refusal, const Request& request) {
    Exchange exchange(request, trusted_proxies_.client_of(request));
    exchange.url_scheme = trusted_proxies_.scheme_of(request);
    exchange.match.route = refusal.route;
    exchange.network_refusal = &refusal;
    Response response = observed_.run(exchange);
    response.must_close = refusal.must_close;
    return response;
  }

 private:
  void begin(Exchange& exchange) const {
    exchange.url_scheme = trusted_proxies_.scheme_of(exchange.request);
    router_.match(exchange.request, exchange.match);
    const Route& route = *exchange.match.route;
    exchange.context.deadline = exchange.request.received_at + route.deadline;
    if (route.is_streamed) exchange.context.deadline += time_to_read(route);
  }
  /// For what comes at the slowest rate that is tolerated, within bounds; what is slower, net ends.
  std::chrono::milliseconds time_to_read(const Route& route) const {
    const std::chrono::seconds at_slowest(route.body_bytes_max / body_rate_min_);
    return std::min<std::chrono::milliseconds>(at_slowest, body_time_max_);
  }

  TrustedProxies trusted_proxies_;
  std::uint64_t body_rate_min_;
  std::chrono::milliseconds body_time_max_;
  std::vector<ApiRoute> routes_;
  std::vector<const Route*> pointers_;
  Router router_;
  SlowThresholds slow_;
  Resources resources_;

  Handled handled_;
  Idempotent idempotent_;
  Received received_;
  Authorized authorized_;
  Negotiated negotiated_;
  Limited limited_;
  Identified identified_;
  Guarded guarded_;
  Observed observed_;
};

Api::Api(const ApiDependencies& dependencies, const ApiOptions& options)
    : pipeline_(std::make_unique<Pipeline>(dependencies, options)) {}

Api::~Api() = default;

Admission Api::admit(const Request& request) noexcept {
  try {
    return pipeline_->admit(request);
  } catch (...) {
    return {.refusal = bare_failure()};
  }
}

Response Api::handle(Request& request) noexcept {
  try {
    return pipeline_->handle(request);
  } catch (...) {
    return bare_failure();
  }
}

Response Api::refuse(Refusal reason, const Request* request) noexcept {
  try {
    static const Request kNothing{};
    return pipeline_->refuse(network_refusal(reason), request != nullptr ? *request : kNothing);
  } catch (...) {
    return bare_failure();
  }
}

SlowThresholds& Api::slow_thresholds() noexcept { return pipeline_->slow_thresholds(); }

const RequestMetrics& Api::request_metrics() const noexcept { return pipeline_->request_metrics(); }

}  // namespace vigie::http
