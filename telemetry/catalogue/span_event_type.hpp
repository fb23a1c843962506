#pragma once

#include <string_view>

#include "telemetry/catalogue/attribute_list.hpp"

namespace vigie::telemetry {

/// A declared event of a span: something that happened at one instant of it. Literals.
struct SpanEventType {
  std::string_view name;
  std::string_view help;
  AttributeList attributes;
};

}  // namespace vigie::telemetry
