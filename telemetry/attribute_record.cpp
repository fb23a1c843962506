#include "telemetry/attribute_record.hpp"

#include <cstring>
#include <new>

#include "telemetry/utf8.hpp"

namespace vigie::telemetry {

AttributeValue cut(const AttributeValue& value) noexcept {
  if (value.kind() != AttributeKind::kString || value.text().size() <= kAttributeBytesMax) {
    return value;
  }
  return cut_utf8(value.text(), kAttributeBytesMax);
}

AttributeRecord* write_record(std::byte* place, const AttributeKey& key,
                              const AttributeValue& value) noexcept {
  auto* record = new (place) AttributeRecord{&key, 0, 0, value.kind(), {0}};
  switch (value.kind()) {
    case AttributeKind::kString:
      record->text_size = static_cast<std::uint16_t>(value.text().size());
      std::memcpy(record + 1, value.text().data(), value.text().size());
      break;
    case AttributeKind::kDouble:
      record->number = value.number();
      break;
    default:
      record->integer = value.integer();
  }
  return record;
}

}  // namespace vigie::telemetry
