#pragma once

#include "telemetry/attribute_record.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::telemetry {

/// One member of the object that is open.
void write_attribute(const AttributeRecord& attribute, JsonWriter& out);

}  // namespace vigie::telemetry
