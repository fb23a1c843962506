#include <benchmark/benchmark.h>
#include <fcntl.h>

#include <memory>

#include "server/http/event_json.hpp"
#include "server/http/rate_limiter.hpp"
#include "server/http/router.hpp"
#include "server/http/routes.hpp"
#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

/// Takes every trace, as the exporter's queue does.
class Swallow final : public telemetry::TraceSink {
 public:
  bool offer(std::unique_ptr<telemetry::TraceBuffer>& trace) noexcept override {
    telemetry::TraceBuffer::release(trace.release());
    return true;
  }
};

/// The API as it runs, over stores in memory; the log goes nowhere.
struct ApiAtWork {
  explicit ApiAtWork(bool has_telemetry)
      : metrics(telemetry::metrics::kAll, has_telemetry),
        tracer({telemetry::SamplerKind::kAlwaysOn, 1.0}, clock, ledger,
               has_telemetry ? &sink : nullptr),
        log({"bench", "0", has_telemetry ? telemetry::Severity::kInfo : telemetry::Severity::kOff,
             ::open("/dev/null", O_WRONLY | O_CLOEXEC)},
            clock, ledger) {}

  ApiUnderTest parts;
  telemetry::SystemClock clock;
  telemetry::Ledger ledger;
  telemetry::Metrics metrics;
  Swallow sink;
  telemetry::Tracer tracer;
  telemetry::Log log;
  Api api{{parts.accounts, parts.own_account, parts.administration, parts.password_resets,
           parts.sessions, parts.events, parts.media_uploads, parts.media_library, parts.time_zones,
           parts.tokens, parts.authenticator, parts.idempotency_store, parts.clock,
           Instruments{metrics, log, tracer}},
          {.requests_per_second = 1'000'000'000}};
};

Request request_for(std::string_view path) {
  Request request;
  request.method = Method::kGet;
  request.method_name = "GET";
  request.target = path;
  request.path = path;
  request.peer_address = "192.0.2.1";
  request.headers.add({"Host", "localhost:8080"});
  request.headers.add({"User-Agent", "wrk"});
  request.headers.add({"Accept", "*/*"});
  return request;
}

/// Argument: whether telemetry is on.
void pipeline(benchmark::State& state, std::string_view path) {
  ApiAtWork work(state.range(0) != 0);
  Request request = request_for(path);
  for (auto _ : state) {
    request.received_at = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(work.api.admit(request));
    benchmark::DoNotOptimize(work.api.handle(request));
  }
}
BENCHMARK_CAPTURE(pipeline, livez, "/livez")->Arg(0)->Arg(1);
BENCHMARK_CAPTURE(pipeline, event_not_found, "/api/v1/events/00000000-0000-7000-8000-000000000001")
    ->Arg(0)
    ->Arg(1);

void route_match(benchmark::State& state) {
  std::vector<const Route*> routes;
  for (const ApiRoute& row : api_routes()) routes.push_back(&row.route);
  const Router router(routes);
  const Request request = request_for("/api/v1/events/00000000-0000-7000-8000-000000000001");
  for (auto _ : state) {
    RouteMatch match;
    router.match(request, match);
    benchmark::DoNotOptimize(match.route);
  }
}
BENCHMARK(route_match);

void rate_limit(benchmark::State& state) {
  RateLimiter limiter({.name = "bench", .quota = 1'000'000, .window = std::chrono::seconds(1)});
  const auto now = std::chrono::steady_clock::now();
  for (auto _ : state) {
    benchmark::DoNotOptimize(limiter.take(limiter.key_of("192.0.2.1"), now));
  }
}
BENCHMARK(rate_limit);

std::vector<domain::Event> page_of_events() {
  domain::Event event;
  event.content.title = "Evening of chamber music";
  event.content.description = "Two quartets, one interval, and a conversation with the players.";
  event.content.category = "concert";
  event.content.tags = {"music", "evening"};
  event.content.venue = domain::Venue{"Old Town Hall", "1 Market Square", 48.8566, 2.3522};
  event.content.time_zone = "Europe/Paris";
  event.content.price.currency = "EUR";
  event.content.starts_at = domain::Timestamp(std::chrono::seconds(1'900'000'000));
  event.content.ends_at = event.content.starts_at + std::chrono::hours(3);
  event.created_at = event.content.starts_at - std::chrono::microseconds(1);
  return std::vector<domain::Event>(20, event);
}

void encode_twenty_events(benchmark::State& state) {
  const auto events = page_of_events();
  for (auto _ : state) benchmark::DoNotOptimize(encode_event_page(events, "cursor"));
}
BENCHMARK(encode_twenty_events);

void decode_an_event(benchmark::State& state) {
  const std::string text = event_content();
  const domain::TimeZoneSet zones({"Europe/Paris"});
  for (auto _ : state) {
    const auto json = parse_json(text);
    benchmark::DoNotOptimize(decode_event_draft(std::get<JsonValue>(json), zones));
  }
}
BENCHMARK(decode_an_event);

}  // namespace
}  // namespace vigie::http

BENCHMARK_MAIN();
