#include "server/http/bundle_handlers.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/http/admin_members.hpp"
#include "server/http/answers.hpp"
#include "telemetry/exposition.hpp"
#include "telemetry/gzip_stream.hpp"
#include "telemetry/json_writer.hpp"
#include "telemetry/ledger_json.hpp"
#include "telemetry/recorder/recorder.hpp"
#include "telemetry/recorder/trace_json.hpp"
#include "telemetry/tar_writer.hpp"
#include "telemetry/utc_text.hpp"

namespace vigie::http {
namespace {

using telemetry::FoundTrace;

// Each of the two in memory while it is written; what does not fit are the oldest.
constexpr std::size_t kTracesBytesMax = std::size_t{8} << 20;
constexpr std::size_t kLogLinesMax = 10'000;
constexpr std::size_t kNoLimit = 1'000'000;

/// The slowest and the failed ones first: they are what an incident is about.
std::vector<FoundTrace> traces_of(telemetry::TraceRecorder& recorder) {
  std::vector<FoundTrace> found = recorder.find({.limit = kNoLimit});
  std::stable_partition(found.begin(), found.end(), [](const FoundTrace& trace) {
    return trace.why.is_slowest_of_route || trace.why.is_failed_of_route;
  });
  return found;
}

std::string traces_json(const AdminResources& resources) {
  telemetry::JsonWriter json;
  json.begin_object().key("traces").begin_array();
  std::size_t left_out_count = 0;
  if (resources.given.recorder.traces != nullptr) {
    for (const FoundTrace& found : traces_of(*resources.given.recorder.traces)) {
      if (json.view().size() >= kTracesBytesMax) {
        ++left_out_count;
        continue;
      }
      json.begin_object().key("request");
      write_trace_summary(found, json);
      json.key("spans").begin_array();
      write_spans(found.trace->buffer(), json);
      json.end_array().end_object();
    }
  }
  json.end_array().member("left_out_count", left_out_count).end_object();
  return json.take();
}

std::string logs_text(const AdminResources& resources) {
  std::string text;
  if (resources.given.recorder.logs == nullptr) return text;
  for (const std::string& line : resources.given.recorder.logs->find({.limit = kLogLinesMax})) {
    text.append(line).push_back('\n');
  }
  return text;
}

std::string metrics_text(const AdminResources& resources) {
  return telemetry::exposition(resources.given.instruments.metrics,
                               telemetry::Format::kOpenMetrics);
}

std::string ledger_text(const AdminResources& resources) {
  return telemetry::ledger_json(resources.given.instruments.tracer.ledger());
}

std::string configuration_text(const AdminResources& resources) {
  return resources.given.configuration();
}

std::string build_json(const AdminResources& resources) {
  telemetry::JsonWriter json;
  json.begin_object();
  write_build(resources, json);
  json.end_object();
  return json.take();
}

std::string readiness_json(const AdminResources& resources) {
  telemetry::JsonWriter json;
  json.begin_object();
  write_readiness(resources.given.obstacles(), json);
  json.end_object();
  return json.take();
}

struct BundleFile {
  std::string_view name;
  std::string (*make)(const AdminResources& resources);
};

constexpr std::array<BundleFile, 7> kFiles = {{
    {"build.json", build_json},
    {"readiness.json", readiness_json},
    {"configuration.json", configuration_text},
    {"ledger.json", ledger_text},
    {"metrics.txt", metrics_text},
    {"logs.ndjson", logs_text},
    {"traces.json", traces_json},
}};

void write_bundle(const AdminResources& resources, const std::string& name, BodyWriter& body) {
  telemetry::GzipStream gzip([&body](std::string_view bytes) { return body.write(bytes); });
  telemetry::TarWriter tar([&gzip](std::string_view bytes) { return gzip.write(bytes); });
  const std::uint64_t now_s = resources.given.instruments.tracer.clock().utc_ns() / 1'000'000'000U;
  for (const BundleFile& file : kFiles) {
    const std::string path = name + '/' + std::string(file.name);
    if (!tar.add(path, file.make(resources), now_s)) return;
  }
  if (tar.finish()) gzip.finish();
}

/// "vigie-bundle-20300101T000000Z".
std::string bundle_name(const AdminResources& resources) {
  std::string time = telemetry::utc_text(resources.given.instruments.tracer.clock().utc_ns());
  time.resize(time.find('.'));
  std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
  return "vigie-bundle-" + time + 'Z';
}

/// Null while somebody else has it. Shared by copies of the body's producer; the last one that goes
/// gives it back.
std::shared_ptr<void> claim(std::atomic_flag& is_taken) {
  if (is_taken.test_and_set()) return nullptr;
  return {&is_taken, [](std::atomic_flag* flag) { flag->clear(); }};
}

}  // namespace

domain::Result<Response> show_bundle(AdminResources& resources, Exchange& exchange) {
  std::shared_ptr<void> turn = claim(resources.is_bundle_taken);
  if (turn == nullptr) return refuse(exchange, kBundleInProgress);
  const std::string name = bundle_name(resources);
  Response response;
  response.headers.add("Content-Type", "application/gzip");
  response.headers.add("Content-Disposition", "attachment; filename=\"" + name + ".tar.gz\"");
  response.headers.add("Cache-Control", std::string(caching::kNever));
  response.body = BodyStream{[&resources, name, turn = std::move(turn)](BodyWriter& body) {
    write_bundle(resources, name, body);
  }};
  return response;
}

}  // namespace vigie::http
