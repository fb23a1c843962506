#include "telemetry/catalogue/catalogue.hpp"

#include <array>
#include <span>
#include <string_view>

#include "telemetry/json_writer.hpp"

namespace vigie::telemetry {
namespace {

template <typename Type, std::size_t N>
consteval bool are_names_unique(const std::array<const Type*, N>& all) {
  for (std::size_t i = 0; i < N; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (all[i]->name == all[j]->name) return false;
    }
  }
  return true;
}

constexpr bool is_snake_case(std::string_view name) {
  for (char c : name) {
    if (c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9')) return false;
  }
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z';
}

constexpr bool is_dotted_name(std::string_view name) {
  for (char c : name) {
    if (c != '.' && c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9')) return false;
  }
  return !name.empty() && name.size() < 64;
}

constexpr bool has_unit_suffix(const MetricType& type) {
  std::string_view name = type.name;
  if (type.kind == MetricKind::kCounter) name.remove_suffix(6);
  if (!type.unit.empty()) return name.ends_with(type.unit);
  return !name.ends_with("_seconds") && !name.ends_with("_bytes");
}

constexpr bool are_buckets_sound(const MetricType& type) {
  if ((type.kind == MetricKind::kHistogram) == type.buckets.empty()) return false;
  for (std::size_t i = 1; i < type.buckets.size(); ++i) {
    if (type.buckets[i - 1] >= type.buckets[i]) return false;
  }
  return type.buckets.size() <= kBucketsMax;
}

constexpr bool are_labels_sound(const MetricType& type) {
  for (std::size_t i = 0; i < type.label_count(); ++i) {
    const Label& label = type.labels[i];
    if (!is_snake_case(label.name) || label.bound == 0 || label.name == "le") return false;
  }
  return true;
}

constexpr bool is_sound(const MetricType& type) {
  const bool is_counter = type.kind == MetricKind::kCounter;
  return is_snake_case(type.name) && !type.help.empty() &&
         is_counter == type.name.ends_with("_total") && has_unit_suffix(type) &&
         are_buckets_sound(type) && are_labels_sound(type);
}

constexpr bool is_sound(const AttributeKey& key) {
  return is_dotted_name(key.name) && !key.help.empty() && key.kind != AttributeKind::kNone;
}

// Span::error() relies on the attribute being declared.
constexpr bool is_sound(const SpanType& type) {
  return !type.help.empty() &&
         declared_index(type.attributes, attributes::kErrorType) < type.attributes.size();
}

constexpr bool is_sound(const SpanEventType& type) {
  return is_dotted_name(type.name) && !type.help.empty();
}

// Log lines are written without looking for escapes in names and messages.
constexpr bool is_plain(std::string_view text) {
  for (char c : text) {
    if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') return false;
  }
  return !text.empty();
}

constexpr bool is_sound(const LogEventType& type) {
  return is_dotted_name(type.name) && is_plain(type.message) && type.severity != Severity::kOff;
}

template <typename Type, std::size_t N>
consteval bool are_all_sound(const std::array<const Type*, N>& all) {
  for (const Type* type : all) {
    if (!is_sound(*type)) return false;
  }
  return true;
}

// Declared attributes are in the table, and none stands twice.
template <typename Type, std::size_t N>
consteval bool are_attributes_known(const std::array<const Type*, N>& all) {
  for (const Type* type : all) {
    for (std::size_t i = 0; i < type->attributes.size() && type->attributes[i]; ++i) {
      bool is_known = false;
      for (const AttributeKey* key : attributes::kAll) is_known |= key == type->attributes[i];
      if (!is_known || declared_index(type->attributes, *type->attributes[i]) != i) return false;
    }
  }
  return true;
}

static_assert(are_names_unique(attributes::kAll));
static_assert(are_names_unique(spans::kAll));
static_assert(are_names_unique(span_events::kAll));
static_assert(are_names_unique(log_events::kAll));
static_assert(are_names_unique(metrics::kAll));
static_assert(are_all_sound(attributes::kAll));
static_assert(are_all_sound(spans::kAll));
static_assert(are_all_sound(span_events::kAll));
static_assert(are_all_sound(log_events::kAll));
static_assert(are_all_sound(metrics::kAll));
static_assert(are_attributes_known(spans::kAll));
static_assert(are_attributes_known(span_events::kAll));
static_assert(are_attributes_known(log_events::kAll));

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
  for (const AttributeKey* key : list) {
    if (key != nullptr) out.value(key->name);
  }
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

template <typename Type, std::size_t N>
void write_table(JsonWriter& out, std::string_view name, const std::array<const Type*, N>& all) {
  out.key(name).begin_array();
  for (const Type* type : all) {
    out.begin_object();
    write(out, *type);
    out.end_object();
  }
  out.end_array();
}

}  // namespace

std::string catalogue_json() {
  JsonWriter out(kJsonBytes);
  out.begin_object();
  write_table(out, "metrics", metrics::kAll);
  write_table(out, "spans", spans::kAll);
  write_table(out, "span_events", span_events::kAll);
  write_table(out, "log_events", log_events::kAll);
  write_table(out, "attributes", attributes::kAll);
  out.end_object();
  return out.take();
}

}  // namespace vigie::telemetry
