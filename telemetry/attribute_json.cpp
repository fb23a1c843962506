#include "telemetry/attribute_json.hpp"

namespace vigie::telemetry {

void write_attribute(const AttributeRecord& attribute, JsonWriter& out) {
  out.plain_key(attribute.key->name);
  switch (attribute.kind) {
    case AttributeKind::kString:
      out.value(attribute.text());
      return;
    case AttributeKind::kInteger:
      out.value(attribute.integer());
      return;
    case AttributeKind::kDouble:
      out.value(attribute.number());
      return;
    default:
      out.value(attribute.flag());
  }
}

}  // namespace vigie::telemetry
