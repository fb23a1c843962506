#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "telemetry/attribute.hpp"

namespace vigie::telemetry {

/// The attributes that a span or log event may carry: everything else is refused at recording, and
/// counted. Unused places are null.
using AttributeList = std::array<const AttributeKey*, 16>;

/// The place of `key` in the list, or the list's size when it is not declared.
constexpr std::size_t declared_index(const AttributeList& list, const AttributeKey& key) noexcept {
  for (std::size_t i = 0; i < list.size() && list[i] != nullptr; ++i) {
    if (list[i] == &key) return i;
  }
  return list.size();
}

/// Values of opentelemetry.proto.trace.v1.Span.SpanKind.
enum class SpanKind : std::uint8_t { kInternal = 1, kServer, kClient, kProducer, kConsumer };

/// A declared span. `name` is the template of its name; Span::name() fills it in.
struct SpanType {
  std::string_view name;
  SpanKind kind;
  std::string_view help;
  AttributeList attributes;
};

}  // namespace vigie::telemetry
