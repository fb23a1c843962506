// Shows programs that nobody here wrote what the library produces:
//   telemetry_probe exposition ACCEPT   content type, an empty line, the metrics
//   telemetry_probe export URL          sends two traces by OTLP and prints the ledger
//   telemetry_probe logs URL            sends log events by OTLP; prints nothing
//   telemetry_probe configured COUNT    sends COUNT traces of two spans, and as many log lines, to
//                                       where the OTEL_* variables say; prints the spans' ledger

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <string>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/span_events.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/span_record.hpp"
#include "telemetry/telemetry.hpp"
#include "telemetry/trace.hpp"

namespace {

using namespace vigie::telemetry;

TelemetryConfig config_for(const std::string& url) {
  TelemetryConfig config;
  config.metrics = metrics::kAll;
  config.service_version = "1.2.3";
  config.resource_attributes = {{"deployment.environment.name", "test"}};
  config.sampler = SamplerKind::kAlwaysOn;
  config.log_level = Severity::kOff;
  config.otlp_traces.url = url;
  config.otlp_traces.is_compressed = true;
  return config;
}

void observe_request(Telemetry& telemetry) {
  Histogram& duration = telemetry.metrics().histogram(metrics::kHttpServerRequestDuration,
                                                      {"GET", "/api/v1/events/{id}", "200", ""});
  Trace trace(telemetry.tracer(), {});
  const Span span(&trace, spans::kHttpServer);
  duration.observe(0.012, &trace);
}

void print_exposition(const std::string& accept) {
  const SystemClock clock;
  // The trace must be kept, not sent: nothing listens there, and nothing is waited for.
  Telemetry telemetry(config_for("http://127.0.0.1:1/v1/traces"), clock);
  observe_request(telemetry);
  telemetry.metrics()
      .histogram(metrics::kDbClientOperationDuration, {"postgresql", "say \"hi\"\\\n", ""})
      .observe(0.0004);
  const Format format = negotiate(accept);
  std::cout << content_type(format) << "\n\n" << exposition(telemetry.metrics(), format);
  telemetry.shutdown(std::chrono::milliseconds(0));
}

void record_traces(Telemetry& telemetry) {
  const auto caller =
      parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "a=b,c=d");
  Trace trace(telemetry.tracer(), caller);
  Span root(&trace, spans::kHttpServer);
  {
    Span query(&trace, spans::kDbQuery);
    query.name("event_by_id");
    query.set(attributes::kDbReturnedRows, -1);
    query.set(attributes::kConnectionWait, 0.25);
    query.set(attributes::kUserAgent, "not of a query");
    query.event(span_events::kDbRetry, {{attributes::kErrorType, "unavailable"}});
    query.link(caller->trace_id, caller->span_id);
    for (std::uint32_t i = 0; i < kSpanLinksMax; ++i) query.link(caller->trace_id, caller->span_id);
    for (std::uint32_t i = 0; i < kSpanEventsMax; ++i) query.event(span_events::kDbRetry);
  }
  root.name("GET /api/v1/events/{id}");
  root.set(attributes::kHttpResponseStatusCode, 500);
  root.set(attributes::kUserAgent, "bad \xff utf-8 \xC3\xA9");
  root.set(attributes::kUrlPath, std::string(200, '/'));
  root.event(span_events::kException, {{attributes::kExceptionType, "std::bad_alloc"},
                                       {attributes::kUserAgent, "not of an exception"}});
  root.error("internal", "out of \xff memory");
}

int print_export(const std::string& url) {
  const SystemClock clock;
  Telemetry telemetry(config_for(url), clock);
  record_traces(telemetry);
  observe_request(telemetry);
  telemetry.shutdown(std::chrono::seconds(20));
  const Account account = telemetry.ledger().account(Signal::kTraces);
  std::cout << account.created << " " << account.exported << "\n";
  return account.exported == account.created ? 0 : 1;
}

int send_logs(const std::string& url) {
  const SystemClock clock;
  TelemetryConfig config = config_for("");
  config.log_exporter = LogExporter::kOtlp;
  config.log_level = Severity::kDebug;
  config.otlp_logs.url = url;
  config.otlp_logs.is_compressed = true;
  Telemetry telemetry(config, clock);
  const auto caller =
      parse_traceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "");
  telemetry.log().write(log_events::kHttpRequest,
                        {caller->trace_id, caller->span_id, "order \xff 7"},
                        {{attributes::kHttpRequestMethod, "GET"},
                         {attributes::kHttpResponseStatusCode, 503},
                         {attributes::kHttpRequestDuration, 0.25},
                         {attributes::kUserAgent, "bad \xff utf-8 \xC3\xA9"}});
  telemetry.log().write(log_events::kHttpProbe, {}, {});
  telemetry.log().write(log_events::kReadinessChanged, {}, {{attributes::kReady, true}});
  telemetry.log().write(log_events::kDbUnavailable, {}, {});
  telemetry.shutdown(std::chrono::seconds(20));
  const Account account = telemetry.ledger().account(Signal::kLogs);
  return account.exported == account.created ? 0 : 1;
}

int print_configured(int count) {
  TelemetryConfig config = config_for("");
  config.log_level = Severity::kInfo;
  const auto faults = apply_environment(config, [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
  for (const std::string& fault : faults) std::cerr << fault << "\n";
  if (!faults.empty()) return 2;
  const SystemClock clock;
  Telemetry telemetry(config, clock);
  for (int n = 0; n < count; ++n) {
    Trace trace(telemetry.tracer(), {});
    Span root(&trace, spans::kHttpServer);
    root.set(attributes::kHttpRequestBodySize, n);
    const Span query(&trace, spans::kDbQuery);
    telemetry.log().write(log_events::kHttpRequest, context_of(&trace, "probe"),
                          {{attributes::kHttpRoute, std::to_string(n)}});
  }
  telemetry.shutdown(std::chrono::seconds(20));
  const Account account = telemetry.ledger().account(Signal::kTraces);
  std::cerr << account.created << " " << account.exported << "\n";
  return account.exported == account.created ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc == 3 ? argv[1] : "";
  if (command == "export") return print_export(argv[2]);
  if (command == "logs") return send_logs(argv[2]);
  if (command == "configured") return print_configured(std::stoi(argv[2]));
  if (command != "exposition") return 2;
  print_exposition(argv[2]);
  return 0;
}
