#include "telemetry/recorder/trace_root.hpp"

#include "telemetry/catalogue/attributes.hpp"

namespace vigie::telemetry {

const AttributeRecord* find_attribute(const TraceBuffer& trace, const SpanRecord& span,
                                      const AttributeKey& key) noexcept {
  for (RecordOffset i = span.attributes.first; i != kNoRecord; i = trace.attribute(i).next) {
    const AttributeRecord& attribute = trace.attribute(i);
    if (attribute.key == &key && attribute.kind != AttributeKind::kNone) return &attribute;
  }
  return nullptr;
}

std::string_view route_of(const TraceBuffer& trace) noexcept {
  const SpanRecord& root = root_of(trace);
  const AttributeRecord* route = find_attribute(trace, root, attributes::kHttpRoute);
  return route == nullptr ? trace.name_of(root) : route->text();
}

}  // namespace vigie::telemetry
