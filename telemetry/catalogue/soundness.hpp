#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/catalogue.hpp"

/// What a catalogue must be for its records to be written and read; all at compile time.
namespace vigie::telemetry {
namespace soundness {

template <typename Type>
constexpr bool are_unique(std::span<const Type* const> all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
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
  return !type.help.empty() && type.attributes.declares(attributes::kErrorType);
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

template <typename Type>
constexpr bool are_sound(std::span<const Type* const> all) {
  for (const Type* type : all) {
    if (!is_sound(*type)) return false;
  }
  return true;
}

// The attributes of a span or log event are in the table. That none stands twice its list sees to.
template <typename Type>
constexpr bool are_known(std::span<const Type* const> all,
                         std::span<const AttributeKey* const> attributes) {
  for (const Type* type : all) {
    for (const AttributeKey* declared : type->attributes) {
      bool is_known = false;
      for (const AttributeKey* key : attributes) is_known |= key == declared;
      if (!is_known) return false;
    }
  }
  return true;
}

}  // namespace soundness

constexpr bool are_names_unique(const Catalogue& all) {
  return soundness::are_unique(all.metrics) && soundness::are_unique(all.spans) &&
         soundness::are_unique(all.span_events) && soundness::are_unique(all.log_events) &&
         soundness::are_unique(all.attributes);
}

/// Names with the suffixes that Prometheus wants, bounded labels, buckets that rise.
constexpr bool are_metrics_sound(MetricTable metrics) { return soundness::are_sound(metrics); }

/// Spans and log events carry what the table of attributes has; every span has error.type.
constexpr bool are_attributes_sound(const Catalogue& all) {
  return soundness::are_sound(all.attributes) && soundness::are_sound(all.spans) &&
         soundness::are_sound(all.log_events) && soundness::are_known(all.spans, all.attributes) &&
         soundness::are_known(all.span_events, all.attributes) &&
         soundness::are_known(all.log_events, all.attributes);
}

constexpr bool is_sound(const Catalogue& all) {
  return are_names_unique(all) && are_metrics_sound(all.metrics) && are_attributes_sound(all);
}

}  // namespace vigie::telemetry
