#include "server/http/admin_handlers.hpp"

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "server/domain/field_faults.hpp"
#include "server/http/admin_members.hpp"
#include "server/http/answers.hpp"
#include "server/http/bundle_handlers.hpp"
#include "server/http/console/console_handlers.hpp"
#include "server/http/content_coding.hpp"
#include "server/http/debug_handlers.hpp"
#include "server/http/field_list.hpp"
#include "server/http/job_handlers.hpp"
#include "server/http/media_type.hpp"
#include "server/http/object_reader.hpp"
#include "server/http/sampling_handlers.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/gzip.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {
namespace {

using Answer = domain::Result<Response>;

constexpr ProblemType kNotReady{"not_ready", 503, "The process should get no traffic"};

std::string_view name_of(telemetry::Severity level) noexcept {
  static constexpr std::array<std::string_view, 5> kNames = {"debug", "info", "warn", "error",
                                                             "off"};
  return kNames[static_cast<std::size_t>(level)];
}

/// 200 or 503, with what `json` has to say; a probe reads the status, a person the rest.
Response probe_answer(Exchange& exchange, bool is_ready, telemetry::JsonWriter& json) {
  if (!is_ready) exchange.problem = &kNotReady;
  return json_answer(is_ready ? 200 : kNotReady.status, json.take(), caching::kNever);
}

Answer show_metrics(AdminResources& resources, Exchange& exchange) {
  const auto format = telemetry::negotiate(combined(exchange.request.headers, kAccept));
  Response answer = text_answer(telemetry::exposition(resources.given.instruments.metrics, format),
                                telemetry::content_type(format), caching::kNever);
  answer.headers.add("Vary", "Accept, Accept-Encoding");
  if (!prefers_coding(combined(exchange.request.headers, kAcceptEncoding), "gzip")) return answer;
  answer.body = telemetry::gzip(std::get<std::string>(answer.body));
  answer.headers.add("Content-Encoding", "gzip");
  return answer;
}

Answer show_liveness(AdminResources& /*resources*/, Exchange& /*exchange*/) {
  return json_answer(200, R"({"status":"live"})", caching::kNever);
}

Answer show_readiness(AdminResources& resources, Exchange& exchange) {
  const auto reasons = resources.given.obstacles();
  telemetry::JsonWriter json;
  json.begin_object();
  write_readiness(reasons, json);
  json.end_object();
  return probe_answer(exchange, reasons.empty(), json);
}

Answer show_health(AdminResources& resources, Exchange& exchange) {
  const auto reasons = resources.given.obstacles();
  telemetry::JsonWriter json;
  json.begin_object();
  write_readiness(reasons, json);
  write_build(resources, json);
  json.member("log_level", name_of(resources.given.instruments.log.level())).end_object();
  return probe_answer(exchange, reasons.empty(), json);
}

Response level_answer(const telemetry::Log& log) {
  telemetry::JsonWriter json;
  json.begin_object().member("level", name_of(log.level())).end_object();
  return json_answer(200, json.take(), caching::kNever);
}

Answer show_log_level(AdminResources& resources, Exchange& /*exchange*/) {
  return level_answer(resources.given.instruments.log);
}

Answer change_log_level(AdminResources& resources, Exchange& exchange) {
  domain::FieldFaults faults;
  ObjectReader reader(exchange.json, "", faults);
  const auto text = reader.text("level", Presence::kRequired);
  reader.finish();
  const auto level = telemetry::parse_severity(text.value_or(""));
  if (text && !level) faults.add("/level", "must be debug, info, warn, error or off");
  if (auto found = std::move(faults).take(); !found.empty()) {
    return domain::validation_error(std::move(found));
  }
  namespace attributes = telemetry::attributes;
  telemetry::Log& log = resources.given.instruments.log;
  log.set_level(*level);
  log.write(telemetry::log_events::kConfigChanged,
            context_of(exchange.context.trace, exchange.context.correlation_id),
            {{attributes::kSettingName, "log_level"}, {attributes::kSettingValue, *text}});
  return level_answer(log);
}

using enum Method;
using namespace media_types;

// clang-format off
constexpr auto kRoutes = std::to_array<AdminRoute>({
  // Documents that PageStage shows to browsers as pages.
  {{.operation = "showStart", .method = kGet, .pattern = "/", .summary = "What there is"}, console::show_start},
  {{.operation = "showConsole", .method = kGet, .pattern = "/console", .summary = "How the process is"}, console::show_console},
  {{.operation = "showDebug", .method = kGet, .pattern = "/debug", .summary = "What happened"}, console::show_debug},
  {{.operation = "showChanges", .method = kGet, .pattern = "/admin", .summary = "What can be changed"}, console::show_changes},
  {{.operation = "showProblems", .method = kGet, .pattern = "/problems", .summary = "The kinds of refusals and failures"},
   console::show_problems},
  // Negotiates by itself: of two formats.
  {{.operation = "showMetrics", .method = kGet, .pattern = "/metrics", .is_probe = true, .summary = "All metrics"},
   show_metrics},
  {{.operation = "showLiveness", .method = kGet, .pattern = "/livez", .is_probe = true, .summary = "200 while the process answers"},
   show_liveness},
  {{.operation = "showReadiness", .method = kGet, .pattern = "/readyz", .is_probe = true, .summary = "200 when the process should get traffic, else 503 with reasons",
    .problems = {&kNotReady}},
   show_readiness},
  {{.operation = "showHealth", .method = kGet, .pattern = "/healthz", .is_probe = true, .summary = "Readiness, build and settings",
    .problems = {&kNotReady}},
   show_health},
  {{.operation = "showLogLevel", .method = kGet, .pattern = "/admin/log-level", .summary = "The level of the log"},
   show_log_level},
  {{.operation = "changeLogLevel", .method = kPut, .pattern = "/admin/log-level", .request_type = kJson, .body_bytes_max = 1024,
    .summary = "Change the level of the log until the next start"},
   change_log_level},
  {{.operation = "showSampling", .method = kGet, .pattern = "/debug/sampling", .summary = "Which traces are kept"},
   show_sampling},
  {{.operation = "changeSampling", .method = kPut, .pattern = "/debug/sampling", .request_type = kJson, .body_bytes_max = 4096,
    .summary = "Change the ratio and slow thresholds until the next start"},
   change_sampling},
  {{.operation = "showLedger", .method = kGet, .pattern = "/debug/ledger", .summary = "What became of every span and log line"},
   show_ledger},
  {{.operation = "listTraces", .method = kGet, .pattern = "/debug/traces", .has_filters = true, .summary = "The last, slowest and failed traces",
    .problems = {&kRecorderOff, &problems::of(domain::Code::kValidationFailed)}},
   list_traces},
  {{.operation = "showTrace", .method = kGet, .pattern = "/debug/traces/{trace_id}", .summary = "The spans and log lines of one trace",
    .problems = {&kRecorderOff, &problems::of(domain::Code::kNotFound)}},
   show_trace},
  {{.operation = "listLogs", .method = kGet, .pattern = "/debug/logs", .has_filters = true, .summary = "The last log lines",
    .problems = {&kRecorderOff, &problems::of(domain::Code::kValidationFailed)}},
   list_logs},
  {{.operation = "showBundle", .method = kGet, .pattern = "/debug/bundle", .summary = "All of it in one archive, for an incident",
    .problems = {&kBundleInProgress}},
   show_bundle},
  {{.operation = "listJobs", .method = kGet, .pattern = "/admin/jobs", .has_filters = true, .summary = "The jobs of the queue, the last enqueued first",
    .problems = {&problems::of(domain::Code::kValidationFailed)}},
   list_jobs},
  {{.operation = "showJob", .method = kGet, .pattern = "/admin/jobs/{job_id}", .summary = "One job with its payload and its last failure",
    .problems = {&problems::of(domain::Code::kNotFound)}},
   show_job},
  {{.operation = "retryJob", .method = kPost, .pattern = "/admin/jobs/{job_id}/retry", .summary = "Have a failed job run again, with all its attempts",
    .problems = {&problems::of(domain::Code::kNotFound), &problems::of(domain::Code::kStatusChangeNotAllowed)}},
   retry_job},
  {{.operation = "discardJob", .method = kPost, .pattern = "/admin/jobs/{job_id}/discard", .summary = "Forget a job that does not run",
    .problems = {&problems::of(domain::Code::kNotFound), &problems::of(domain::Code::kStatusChangeNotAllowed)}},
   discard_job},
  {{.operation = "retryFailedJobs", .method = kPost, .pattern = "/admin/jobs/retry", .has_filters = true,
    .summary = "Have the failed jobs of a kind run again, or all of them",
    .problems = {&problems::of(domain::Code::kValidationFailed)}},
   retry_failed_jobs},
  {{.operation = "discardFailedJobs", .method = kPost, .pattern = "/admin/jobs/discard", .has_filters = true,
    .summary = "Forget the failed jobs of a kind, or all of them",
    .problems = {&problems::of(domain::Code::kValidationFailed)}},
   discard_failed_jobs},
});
// clang-format on

}  // namespace

std::span<const AdminRoute> admin_routes() noexcept { return kRoutes; }

}  // namespace vigie::http
