#pragma once

#include <cstdint>
#include <string_view>

#include "telemetry/catalogue/attribute_list.hpp"

namespace vigie::telemetry {

/// Values of opentelemetry.proto.trace.v1.Span.SpanKind.
enum class SpanKind : std::uint8_t { kInternal = 1, kServer, kClient, kProducer, kConsumer };

/// A declared span. `name` is the template of its name; Span::name() fills it in. Literals.
struct SpanType {
  std::string_view name;
  SpanKind kind;
  std::string_view help;
  AttributeList attributes;
};

}  // namespace vigie::telemetry
