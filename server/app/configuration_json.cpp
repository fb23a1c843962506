#include "server/app/configuration_json.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include "server/app/setting.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::app {
namespace {

using telemetry::JsonWriter;

constexpr std::string_view kSecret = "(secret)";

/// Fields give access to a Config that may be changed; this one is a copy.
struct ValueWriter {
  Config& config;
  JsonWriter& json;
  bool is_secret;

  void operator()(const IntegerField& field) const { json.value(config.*field.of); }
  void operator()(const DurationField& field) const { json.value((config.*field.of).count()); }
  void operator()(const FlagField& field) const { json.value(config.*field.of); }
  void operator()(const ChoiceField& field) const { json.value(config.*field.of); }
  void operator()(const TextField& field) const {
    const std::string& text = config.*field.of;
    json.value(is_secret && !text.empty() ? kSecret : std::string_view(text));
  }
};

/// Scheme, host, port and path: user information and query may hold a key.
std::string without_secrets(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return url.empty() ? "" : std::string(kSecret);
  const std::size_t host = scheme + 3;
  const std::size_t authority_end = std::min(url.find('/', host), url.size());
  const std::size_t at = url.substr(0, authority_end).rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, host)).append(url.substr(at + 1));
}

void write_otlp(std::string_view signal, const telemetry::OtlpOptions& otlp, JsonWriter& json) {
  json.key(signal).begin_object();
  json.member("endpoint", without_secrets(otlp.url))
      .member("timeout_ms", otlp.timeout.count())
      .member("certificate", otlp.certificate)
      .member("is_compressed", otlp.is_compressed);
  json.key("headers").begin_object();
  for (const auto& [name, value] : otlp.headers) json.member(name, kSecret);
  json.end_object().end_object();
}

std::string_view name_of(telemetry::LogExporter exporter) {
  static constexpr std::array<std::string_view, 3> kNames = {"console", "otlp", "none"};
  return kNames[static_cast<std::size_t>(exporter)];
}

void write_opentelemetry(const telemetry::TelemetryConfig& config, JsonWriter& json) {
  json.key("opentelemetry").begin_object();
  json.member("service_name", config.service_name)
      .member("is_tracing_enabled", config.is_tracing_enabled)
      .member("sampler", telemetry::name_of(config.sampler))
      .member("sampler_ratio", config.sampler_ratio)
      .member("log_exporter", name_of(config.log_exporter))
      .member("schedule_delay_ms", config.batch.schedule_delay.count())
      .member("export_timeout_ms", config.batch.export_timeout.count())
      .member("queue_spans_max", config.batch.queue_spans_max)
      .member("batch_spans_max", config.batch.batch_spans_max);
  // Their values are for whoever set them: some put keys there.
  json.key("resource_attributes").begin_array();
  for (const auto& [name, value] : config.resource_attributes) json.value(name);
  json.end_array();
  write_otlp("traces", config.otlp_traces, json);
  write_otlp("logs", config.otlp_logs, json);
  json.end_object();
}

}  // namespace

std::string configuration_json(const Config& config) {
  Config copy = config;
  JsonWriter json;
  json.begin_object().key("settings").begin_object();
  for (const Setting& setting : settings()) {
    json.key(setting.name);
    std::visit(ValueWriter{copy, json, setting.is_secret}, setting.field);
  }
  json.end_object();
  write_opentelemetry(config.telemetry_config, json);
  json.end_object();
  return json.take();
}

}  // namespace vigie::app
