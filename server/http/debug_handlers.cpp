#include "server/http/debug_handlers.hpp"

#include <string>
#include <vector>

#include "server/http/answers.hpp"
#include "server/http/debug_filters.hpp"
#include "telemetry/json_writer.hpp"
#include "telemetry/ledger_json.hpp"
#include "telemetry/recorder/recorder.hpp"
#include "telemetry/recorder/trace_json.hpp"

namespace vigie::http {
namespace {

using Answer = domain::Result<Response>;
using telemetry::FoundTrace;

/// Of one trace. A caller who sends the same trace id with each request gets the last ones.
constexpr std::size_t kRequestsMax = 32;
constexpr std::size_t kLinesOfTraceMax = 1000;

Answer finished(telemetry::JsonWriter& json) {
  return json_answer(200, json.take(), caching::kNever);
}

QueryParameters parameters_of(const Exchange& exchange) {
  // The router has refused invalid escapes.
  return parse_query(exchange.request.query).value_or(QueryParameters{});
}

void write_lines(const std::vector<std::string>& lines, telemetry::JsonWriter& json) {
  json.begin_array();
  for (const std::string& line : lines) json.raw(line);
  json.end_array();
}

domain::Error no_such_trace() {
  return {.code = domain::Code::kNotFound, .message = "No such trace is held."};
}

void write_requests(const std::vector<FoundTrace>& found, telemetry::JsonWriter& json) {
  json.key("requests").begin_array();
  for (const FoundTrace& trace : found) write_trace_summary(trace, json);
  json.end_array();
  json.key("spans").begin_array();
  for (const FoundTrace& trace : found) write_spans(trace.trace->buffer(), json);
  json.end_array();
}

}  // namespace

Answer show_ledger(AdminResources& resources, Exchange& /*exchange*/) {
  return json_answer(200, telemetry::ledger_json(resources.given.instruments.tracer.ledger()),
                     caching::kNever);
}

Answer list_traces(AdminResources& resources, Exchange& exchange) {
  telemetry::TraceRecorder* recorder = resources.given.recorder.traces.get();
  if (recorder == nullptr) return refuse(exchange, kRecorderOff);
  const auto filter = parse_trace_filter(parameters_of(exchange));
  if (!filter) return filter.error();
  telemetry::JsonWriter json;
  json.begin_object().key("items").begin_array();
  for (const FoundTrace& trace : recorder->find(*filter)) write_trace_summary(trace, json);
  json.end_array().end_object();
  return finished(json);
}

Answer show_trace(AdminResources& resources, Exchange& exchange) {
  const telemetry::Recorder& recorder = resources.given.recorder;
  if (recorder.traces == nullptr || recorder.logs == nullptr) return refuse(exchange, kRecorderOff);
  const auto id = telemetry::parse_trace_id(exchange.match.parameters[0]);
  if (!id) return no_such_trace();
  std::vector<FoundTrace> found = recorder.traces->find(*id);
  const auto lines = recorder.logs->find({.trace_id = *id, .limit = kLinesOfTraceMax});
  if (found.empty() && lines.empty()) return no_such_trace();
  const std::size_t count = found.size();
  if (count > kRequestsMax) {
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(kRequestsMax));
  }
  telemetry::JsonWriter json;
  json.begin_object().member("trace_id", id->to_hex()).member("request_count", count);
  write_requests(found, json);
  json.key("logs");
  write_lines(lines, json);
  json.end_object();
  return finished(json);
}

Answer list_logs(AdminResources& resources, Exchange& exchange) {
  const telemetry::LogRecorder* recorder = resources.given.recorder.logs.get();
  if (recorder == nullptr) return refuse(exchange, kRecorderOff);
  auto filter = parse_log_filter(parameters_of(exchange));
  if (!filter) return filter.error();
  // Who asks for one request wants each of its lines.
  filter->is_collapsed = filter->correlation_id.empty() && !filter->trace_id.is_valid();
  telemetry::JsonWriter json;
  json.begin_object().key("items");
  write_lines(recorder->find(*filter), json);
  json.end_object();
  return finished(json);
}

}  // namespace vigie::http
