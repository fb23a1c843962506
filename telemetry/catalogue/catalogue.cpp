#include "telemetry/catalogue/catalogue.hpp"

#include <array>
#include <span>
#include <string_view>

#include "telemetry/json_writer.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::size_t kJsonBytes = std::size_t{64} * 1024;
constexpr std::array<std::string_view, 5> kAttributeKinds{"none", "string", "int", "double",
                                                          "bool"};
constexpr std::array<std::string_view, 3> kMetricKinds{"counter", "gauge", "histogram"};
constexpr std::array<std::string_view, 6> kSpanKinds{"",       "internal", "server",
                                                     "client", "producer", "consumer"};

template <typename Enum, std::size_t N>
std::string_view word(const std::array<std::string_view, N>& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}

void write_attribute_names(JsonWriter& out, const AttributeList& list) {
  out.key("attributes").begin_array();
  for (const AttributeKey* key : list) out.value(key->name);
  out.end_array();
}

void write_label(JsonWriter& out, const Label& label) {
  out.begin_object().member("name", label.name).member("bound", label.bound);
  if (label.is_closed()) {
    out.key("values").begin_array();
    for (std::string_view value : label.values) out.value(value);
    out.end_array();
  }
  out.end_object();
}

void write(JsonWriter& out, const AttributeKey& key) {
  out.member("name", key.name).member("type", word(kAttributeKinds, key.kind));
  out.member("help", key.help);
}

void write(JsonWriter& out, const SpanType& type) {
  out.member("name", type.name).member("kind", word(kSpanKinds, type.kind));
  out.member("help", type.help);
  write_attribute_names(out, type.attributes);
}

void write(JsonWriter& out, const SpanEventType& type) {
  out.member("name", type.name).member("help", type.help);
  write_attribute_names(out, type.attributes);
}

void write(JsonWriter& out, const LogEventType& type) {
  out.member("name", type.name).member("severity", severity_text(type.severity));
  out.member("message", type.message);
  write_attribute_names(out, type.attributes);
}

void write(JsonWriter& out, const MetricType& type) {
  out.member("name", type.name).member("type", word(kMetricKinds, type.kind));
  out.member("unit", type.unit).member("help", type.help);
  out.key("labels").begin_array();
  for (std::size_t i = 0; i < type.label_count(); ++i) write_label(out, type.labels[i]);
  out.end_array();
  if (type.kind != MetricKind::kHistogram) return;
  out.key("buckets").begin_array();
  for (double bound : type.buckets) out.value(bound);
  out.end_array();
}

template <typename Type>
void write_table(JsonWriter& out, std::string_view name, std::span<const Type* const> all) {
  out.key(name).begin_array();
  for (const Type* type : all) {
    out.begin_object();
    write(out, *type);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string catalogue_json(const Catalogue& catalogue) {
  JsonWriter out(kJsonBytes);
  out.begin_object();
  write_table(out, "metrics", catalogue.metrics);
  write_table(out, "spans", catalogue.spans);
  write_table(out, "span_events", catalogue.span_events);
  write_table(out, "log_events", catalogue.log_events);
  write_table(out, "attributes", catalogue.attributes);
  out.end_object();
  return out.take();
}

}  // namespace vigie::telemetry
