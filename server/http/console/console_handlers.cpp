#include "server/http/console/console_handlers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/http/admin_members.hpp"
#include "server/http/answers.hpp"
#include "server/http/console/traffic_history.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/config.hpp"
#include "telemetry/json_writer.hpp"
#include "telemetry/ledger_json.hpp"
#include "telemetry/metrics_refresh.hpp"
#include "telemetry/recorder/recorder.hpp"
#include "telemetry/utc_text.hpp"

namespace vigie::http::console {
namespace {

namespace metrics = telemetry::metrics;
namespace log_events = telemetry::log_events;
using Answer = domain::Result<Response>;
using telemetry::JsonWriter;

constexpr std::size_t kErrorsMax = 50;
constexpr std::size_t kChangesMax = 60;
constexpr std::size_t kRoutesMax = 100;

struct Link {
  std::string_view path;
  std::string_view title;
};

Answer finished(JsonWriter& json) { return json_answer(200, json.take(), caching::kNever); }

Answer index(std::string_view title, std::span<const Link> links) {
  JsonWriter json;
  json.begin_object().member("title", title).key("links").begin_array();
  for (const Link& link : links) {
    json.begin_object().member("path", link.path).member("title", link.title).end_object();
  }
  json.end_array().end_object();
  return finished(json);
}

constexpr auto kStart = std::to_array<Link>({
    {"/console", "How it is: traffic, errors, what changed, jobs"},
    {"/debug", "What happened: traces, log lines, ledger, bundle"},
    {"/admin", "What can be changed: log level, sampling, jobs"},
    {"/healthz", "Readiness, build and log level"},
    {"/readyz", "Whether it should get traffic, and why not"},
    {"/livez", "Whether it answers"},
    {"/metrics", "All metrics, for Prometheus"},
    {"/problems", "The kinds of refusals and failures"},
});

constexpr auto kDebug = std::to_array<Link>({
    {"/debug/traces?error=true&limit=20", "Traces that failed"},
    {"/debug/traces?min_ms=250&limit=20", "Traces over 250 ms"},
    {"/debug/traces?limit=20", "The last traces"},
    {"/debug/logs?level=warn&limit=100", "Log lines of warnings and errors"},
    {"/debug/logs?limit=100", "The last log lines"},
    {"/debug/ledger", "What became of every span and log line"},
    {"/debug/sampling", "Which traces are kept"},
    {"/debug/bundle", "All of it in one archive, for an incident"},
});

constexpr auto kChanges = std::to_array<Link>({
    {"/admin/log-level", "The level of the log; PUT {\"level\": \"debug\"} changes it"},
    {"/debug/sampling", "Which traces are kept; PUT {\"ratio\": 0.1} changes it"},
    {"/admin/jobs?state=failed", "Jobs that failed; POST /admin/jobs/{job_id}/retry or /discard"},
    {"/admin/jobs", "The jobs of the queue; POST /admin/jobs/retry?kind=… or ?all=true"},
});

/// What a person asks for after "what is wrong": starts, readiness, settings, keys, what is around.
constexpr auto kOfChanges = std::to_array<const telemetry::LogEventType*>(
    {&log_events::kServerStarted, &log_events::kServerStopping, &log_events::kReadinessChanged,
     &log_events::kConfigChanged, &log_events::kConfigFault, &log_events::kAuthKeysRotated,
     &log_events::kDbUnavailable, &log_events::kDbRecovered, &log_events::kBlobUnavailable,
     &log_events::kBlobRecovered, &log_events::kExportFailed, &log_events::kExportRecovered,
     &log_events::kJobReleased, &log_events::kJobDiscarded, &log_events::kSchedulerLeaderChanged});

void write_seconds(std::string_view name, const std::optional<double>& seconds, JsonWriter& json) {
  json.key(name);
  if (seconds) {
    json.value(*seconds * 1000);
  } else {
    json.null();
  }
}

void write_rates(const RouteTraffic& traffic, JsonWriter& json) {
  json.member("requests_per_s", traffic.requests_per_s)
      .member("refused_per_s", traffic.refused_per_s)
      .member("failed_per_s", traffic.failed_per_s);
  write_seconds("p99_ms", traffic.p99_s, json);
}

void write_traffic(const AdminResources& resources, telemetry::Metrics& registry,
                   JsonWriter& json) {
  const auto now = std::chrono::steady_clock::now();
  const TrafficHistory& traffic = resources.traffic;
  json.key("traffic").begin_object().member("window_s", traffic.window(now).count());
  write_rates(traffic.total(now), json);
  json.member("in_flight", registry.gauge(metrics::kHttpServerActiveRequests).value())
      .member("in_flight_limit", registry.gauge(metrics::kHttpRequestsInFlightLimit).value())
      .key("history")
      .begin_array();
  for (const TrafficHistory::Point& point : traffic.points(now)) {
    json.begin_object()
        .member("seconds_ago", point.seconds_ago)
        .member("requests_per_s", point.requests_per_s)
        .member("failed_per_s", point.failed_per_s)
        .end_object();
  }
  json.end_array().end_object().key("routes").begin_array();
  auto routes = traffic.routes(now);
  if (routes.size() > kRoutesMax) routes.resize(kRoutesMax);
  for (const RouteTraffic& route : routes) {
    json.begin_object().member("method", route.method).member("route", route.route);
    write_rates(route, json);
    json.end_object();
  }
  json.end_array();
}

void write_errors(const AdminResources& resources, JsonWriter& json) {
  json.key("errors").begin_array();
  const auto& logs = resources.given.recorder.logs;
  if (logs != nullptr) {
    for (const auto& kind : logs->kinds(telemetry::Severity::kWarn, kErrorsMax)) {
      json.begin_object()
          .member("event", kind.event)
          .member("level", severity_text(kind.severity))
          .member("detail", kind.detail)
          .member("count", kind.count)
          .member("first", telemetry::utc_text(kind.first_ns))
          .member("last", telemetry::utc_text(kind.last_ns))
          .key("example");
      if (kind.example.empty()) {
        json.null();
      } else {
        json.raw(kind.example);
      }
      json.end_object();
    }
  }
  json.end_array();
}

/// The lines of what changed, the newest first.
void write_changes(const AdminResources& resources, JsonWriter& json) {
  std::set<std::string, std::greater<>> lines;  // each begins with its time
  const auto& logs = resources.given.recorder.logs;
  for (const telemetry::LogEventType* type : kOfChanges) {
    if (logs == nullptr) break;
    telemetry::LogFilter filter;
    filter.event = type->name;
    filter.limit = kChangesMax;
    for (std::string& line : logs->find(filter)) lines.insert(std::move(line));
  }
  json.key("changes").begin_array();
  std::size_t left = kChangesMax;
  for (const std::string& line : lines) {
    if (left-- == 0) break;
    json.raw(line);
  }
  json.end_array();
}

void write_jobs(telemetry::Metrics& registry, JsonWriter& json) {
  json.key("jobs").begin_object();
  for (const std::string_view lane : metrics::kJobLanes) {
    json.key(lane).begin_object();
    for (const std::string_view state : metrics::kJobStates) {
      json.member(state, registry.gauge(metrics::kJobQueueDepth, {lane, state}).value());
    }
    json.end_object();
  }
  json.end_object();
}

void write_health(const AdminResources& resources, telemetry::Metrics& registry, JsonWriter& json) {
  write_readiness(resources.given.obstacles(), json);
  write_build(resources, json);
  const telemetry::Sampler& sampler = resources.given.instruments.tracer.sampler();
  json.member("log_level", severity_text(resources.given.instruments.log.level()))
      .member("sampler_ratio", sampler.ratio())
      .member("database_is_up", registry.gauge(metrics::kDbUp).value() == 1)
      .member("store_is_up", registry.gauge(metrics::kBlobStoreUp).value() == 1)
      .member("resident_bytes", registry.gauge(metrics::kProcessResidentMemory).value())
      .member("open_fds", registry.gauge(metrics::kProcessOpenFds).value())
      .member("max_fds", registry.gauge(metrics::kProcessMaxFds).value());
}

}  // namespace

Answer show_start(AdminResources& /*resources*/, Exchange& /*exchange*/) {
  return index("This process", kStart);
}

Answer show_changes(AdminResources& /*resources*/, Exchange& /*exchange*/) {
  return index("What can be changed", kChanges);
}

Answer show_debug(AdminResources& /*resources*/, Exchange& /*exchange*/) {
  return index("What happened", kDebug);
}

Answer show_problems(AdminResources& /*resources*/, Exchange& /*exchange*/) {
  std::set<std::string_view> told;
  JsonWriter json;
  json.begin_object().key("problems").begin_array();
  const auto tell = [&](const ProblemType* type) {
    if (type == nullptr || !told.insert(type->code).second) return;
    json.begin_object()
        .member("code", type->code)
        .member("status", type->status)
        .member("title", type->title)
        .end_object();
  };
  for (const ProblemType* type : {&kMisdirected, &kForeignPage}) tell(type);
  for (const AdminRoute& row : admin_routes()) {
    for (const ProblemType* type : row.route.problems) tell(type);
  }
  for (const ProblemType* type : all_problem_types()) tell(type);
  json.end_array().end_object();
  return finished(json);
}

Answer show_console(AdminResources& resources, Exchange& /*exchange*/) {
  telemetry::Metrics& registry = resources.given.instruments.metrics;
  refresh(registry);
  JsonWriter json;
  json.begin_object();
  write_health(resources, registry, json);
  write_traffic(resources, registry, json);
  write_errors(resources, json);
  write_changes(resources, json);
  write_jobs(registry, json);
  json.key("ledger").raw(telemetry::ledger_json(resources.given.instruments.tracer.ledger()));
  json.end_object();
  return finished(json);
}

}  // namespace vigie::http::console
