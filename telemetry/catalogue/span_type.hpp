#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "telemetry/attribute.hpp"

namespace vigie::telemetry {

/// The attributes that a span or log event may carry: everything else is refused at recording, and
/// counted. Unused places are null.
using AttributeList = std::array<const AttributeKey*, 16>;

constexpr bool is_declared(const AttributeList& list, const AttributeKey& key) noexcept {
  for (const AttributeKey* declared : list) {
    if (declared == &key) return true;
    if (declared == nullptr) return false;
  }
  return false;
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
