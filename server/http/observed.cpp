#include "server/http/observed.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <variant>

#include "server/http/disclosed.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/trace.hpp"

namespace vigie::http {
namespace {

namespace attributes = telemetry::attributes;
using telemetry::AttributeValue;

/// The caller's id if it can stand in headers and logs as it is, otherwise the trace's: one id less
/// to search for.
void correlate(Exchange& exchange, const telemetry::Trace& trace) {
  const auto given = exchange.request.headers.first("X-Correlation-ID");
  if (given && telemetry::is_valid_correlation_id(*given)) {
    return exchange.set_correlation_id(*given);
  }
  std::array<char, 32> made{};
  trace.trace_id().write_hex(made.data());
  exchange.set_correlation_id({made.data(), made.size()});
}

/// Anybody may ask, but what he costs us is for administrators to spend.
bool is_debug_request(const Exchange& exchange) {
  return exchange.context.principal.is_administrator() &&
         exchange.request.headers.first("X-Vigie-Debug").value_or("") == "1";
}

/// Nothing was done but to say no: what costs the least, and may come by the thousand.
bool is_mere_refusal(const Exchange& exchange) {
  const ProblemType* const problem = exchange.problem;
  if (problem == nullptr || exchange.match.route->is_probe) return false;
  if (problem->status == 429 || problem == &problems::of(domain::Code::kOverloaded)) return true;
  return problem->status < 500 && !exchange.is_handled;
}

double seconds_since(std::chrono::steady_clock::time_point begin) {
  if (begin == std::chrono::steady_clock::time_point{}) return 0;  // nothing had been read
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

AttributeValue body_size_of(const Response& response) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return text->size();
  if (const auto* file = std::get_if<FileRange>(&response.body)) return file->length();
  if (const auto* pieces = std::get_if<BodyPieces>(&response.body)) return pieces->length();
  const auto length = std::get<BodyStream>(response.body).length;
  return length ? AttributeValue{*length} : AttributeValue{};
}

AttributeValue size_of_text(std::string_view text) {
  return text.empty() ? AttributeValue{} : AttributeValue{text.size()};
}

AttributeValue if_any(std::string_view text) {
  return text.empty() ? AttributeValue{} : AttributeValue{text};
}

AttributeValue if_any(std::uint64_t count) {
  return count == 0 ? AttributeValue{} : AttributeValue{count};
}

AttributeValue code_of(const Exchange& exchange) {
  return exchange.problem != nullptr ? AttributeValue{exchange.problem->code} : AttributeValue{};
}

AttributeValue program_of(const Request& request) {
  return if_any(disclosed_program(request.headers.first("User-Agent").value_or("")));
}

std::string_view protocol_of(const Request& request) {
  return request.minor_version == 0 ? "1.0" : "1.1";
}

void name_span(telemetry::Span& span, const Exchange& exchange) {
  std::array<char, 96> name{};
  const std::string_view method = name_of(exchange.request.method);
  const std::string_view route = exchange.match.route->pattern;
  if (method.size() + 1 + route.size() > name.size()) return span.name(route);
  std::memcpy(name.data(), method.data(), method.size());
  name[method.size()] = ' ';
  std::memcpy(name.data() + method.size() + 1, route.data(), route.size());
  span.name({name.data(), method.size() + 1 + route.size()});
}

/// Counts a request as active for as long as it lives.
class Active {
 public:
  explicit Active(telemetry::Gauge& gauge) : gauge_(gauge) { gauge_.add(1); }
  ~Active() { gauge_.add(-1); }
  Active(const Active&) = delete;
  Active& operator=(const Active&) = delete;

 private:
  telemetry::Gauge& gauge_;
};

}  // namespace

Observed::Observed(const Instruments& instruments, std::span<const Route* const> routes,
                   const SlowThresholds& slow, const AddressRanges& tracing_callers, Stage& next)
    : tracer_(instruments.tracer),
      log_(instruments.log),
      active_(instruments.metrics.gauge(telemetry::metrics::kHttpServerActiveRequests)),
      metrics_(instruments.metrics, routes),
      callers_(instruments.metrics, tracing_callers),
      suppressed_(instruments.metrics.counter(telemetry::metrics::kHttpRefusalsSuppressed)),
      slow_(slow),
      next_(next) {}

Response Observed::run(Exchange& exchange) {
  const Active active(active_);
  telemetry::Trace trace(tracer_, callers_.of(exchange.request, exchange.client_address));
  telemetry::Span span(&trace, telemetry::spans::kHttpServer);
  exchange.context.trace = &trace;
  correlate(exchange, trace);

  Response response = next_.run(exchange);

  const Facts facts = facts_of(exchange, response);
  if (is_slow(exchange, facts)) trace.mark_slow();
  if (is_debug_request(exchange)) trace.keep();
  const RefusalSampler::Verdict verdict = judge(exchange);
  if (!verdict.is_told) trace.mark_repeated();
  record(span, exchange, response, facts);
  // Of every answer, so that nothing is taken for what it does not say it is.
  response.headers.set("X-Content-Type-Options", "nosniff");
  response.headers.add("X-Correlation-ID", std::string(exchange.context.correlation_id));
  response.headers.add("traceparent", trace.traceparent());
  metrics_
      .duration(*exchange.match.route, exchange.request.method, response.status, exchange.problem)
      .observe(facts.seconds, &trace);
  if (verdict.is_told) log_access(exchange, response, facts, verdict.suppressed);
  span.end();
  trace.finish();
  exchange.context.trace = nullptr;
  return response;
}

// By the histogram's value, so that what the objective counts as late has a trace.
bool Observed::is_slow(const Exchange& exchange, const Facts& facts) const {
  return std::chrono::duration<double>(facts.seconds) >= slow_.of(*exchange.match.route);
}

RefusalSampler::Verdict Observed::judge(const Exchange& exchange) {
  if (!is_mere_refusal(exchange)) return {};
  const auto received_at = exchange.request.received_at;  // never, when nothing was read
  const auto now = received_at == std::chrono::steady_clock::time_point{}
                       ? std::chrono::steady_clock::now()
                       : received_at;
  const auto verdict = refusals_.judge(exchange.problem->code, exchange.client_address, now);
  if (!verdict.is_told) suppressed_.add();
  return verdict;
}

Observed::Facts Observed::facts_of(const Exchange& exchange, const Response& response) {
  Facts facts{.seconds = seconds_since(exchange.request.received_at)};
  if (response.status >= 500) {
    facts.error_type = exchange.problem != nullptr ? exchange.problem->code
                                                   : problems::of(domain::Code::kInternal).code;
  }
  const auto& caller = exchange.context.principal.account_id;
  if (caller) facts.user_id = caller->to_string();
  return facts;
}

void Observed::record(telemetry::Span& span, const Exchange& exchange, const Response& response,
                      const Facts& facts) {
  if (!span.is_recording()) return;
  const Request& request = exchange.request;
  name_span(span, exchange);
  span.set(attributes::kHttpRequestMethod, name_of(request.method));
  span.set(attributes::kHttpRoute, exchange.match.route->pattern);
  span.set(attributes::kUrlPath, if_any(disclosed_path(request, exchange.match)));
  span.set(attributes::kUrlScheme, exchange.url_scheme);
  span.set(attributes::kHttpResponseStatusCode, response.status);
  span.set(attributes::kClientAddress, if_any(exchange.client_address));
  span.set(attributes::kUserAgent, program_of(request));
  span.set(attributes::kNetworkProtocolVersion, protocol_of(request));
  span.set(attributes::kHttpRequestBodySize, size_of_text(exchange.body));
  span.set(attributes::kHttpResponseBodySize, body_size_of(response));
  span.set(attributes::kCorrelationId, exchange.context.correlation_id);
  span.set(attributes::kUserId, if_any(facts.user_id));
  span.set(attributes::kErrorCode, code_of(exchange));
  if (!facts.error_type.empty()) span.error(facts.error_type);
}

void Observed::log_access(const Exchange& exchange, const Response& response, const Facts& facts,
                          std::uint64_t suppressed) {
  namespace events = telemetry::log_events;
  const Route& route = *exchange.match.route;
  const bool is_debug = route.is_probe && response.status < 500;
  const telemetry::LogEventType& event = is_debug ? events::kHttpProbe : events::kHttpRequest;
  if (!log_.is_enabled(event)) return;
  const Request& request = exchange.request;
  const auto context = context_of(exchange.context.trace, exchange.context.correlation_id);
  if (is_debug) {
    log_.write(event, context,
               {{attributes::kHttpRequestMethod, name_of(request.method)},
                {attributes::kHttpRoute, route.pattern},
                {attributes::kUrlPath, if_any(disclosed_path(request, exchange.match))},
                {attributes::kHttpResponseStatusCode, response.status},
                {attributes::kHttpRequestDuration, facts.seconds},
                {attributes::kErrorCode, code_of(exchange)}});
    return;
  }
  log_.write(event, context,
             {{attributes::kHttpRequestMethod, name_of(request.method)},
              {attributes::kHttpRoute, route.pattern},
              {attributes::kUrlPath, if_any(disclosed_path(request, exchange.match))},
              {attributes::kHttpResponseStatusCode, response.status},
              {attributes::kHttpRequestDuration, facts.seconds},
              {attributes::kHttpRequestBodySize, size_of_text(exchange.body)},
              {attributes::kHttpResponseBodySize, body_size_of(response)},
              {attributes::kClientAddress, if_any(exchange.client_address)},
              {attributes::kUserAgent, program_of(request)},
              {attributes::kUserId, if_any(facts.user_id)},
              {attributes::kErrorCode, code_of(exchange)},
              {attributes::kErrorType, if_any(facts.error_type)},
              {attributes::kRateLimitScope, if_any(exchange.rate_limit_scope)},
              {attributes::kSuppressed, if_any(suppressed)},
              {attributes::kNetworkProtocolVersion, protocol_of(request)}});
}

}  // namespace vigie::http
