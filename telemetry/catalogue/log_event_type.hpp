#pragma once

#include <string_view>

#include "telemetry/catalogue/attribute_list.hpp"
#include "telemetry/severity.hpp"

namespace vigie::telemetry {

/// A declared log event. `message` is its constant text for people: facts go into attributes.
struct LogEventType {
  std::string_view name;
  Severity severity;
  std::string_view message;
  AttributeList attributes;
};

}  // namespace vigie::telemetry
