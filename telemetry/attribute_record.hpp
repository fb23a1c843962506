#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "telemetry/attribute.hpp"

namespace vigie::telemetry {

/// One attribute as it lies in the memory of a trace or log queue; the bytes of a string follow it.
struct AttributeRecord {
  const AttributeKey* key;
  /// For records that are chained.
  std::uint32_t next;
  std::uint16_t text_size;
  AttributeKind kind;
  union {
    std::int64_t integer;
    double number;
  };

  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), text_size};
  }
  /// With the bytes that follow, up to the next record.
  std::size_t bytes() const noexcept;
};

/// Records begin at multiples of eight bytes.
constexpr std::size_t aligned(std::size_t bytes) noexcept { return (bytes + 7) & ~std::size_t{7}; }

inline std::size_t AttributeRecord::bytes() const noexcept {
  return aligned(sizeof(AttributeRecord) + text_size);
}

/// The value within kAttributeBytesMax.
AttributeValue cut(const AttributeValue& value) noexcept;

/// Whether `kept` is less than the whole of `value`.
inline bool is_shorter(const AttributeValue& kept, const AttributeValue& value) noexcept {
  return value.kind() == AttributeKind::kString && kept.text().size() < value.text().size();
}

/// Room that a cut value takes.
inline std::size_t record_bytes(const AttributeValue& value) noexcept {
  const std::size_t text = value.kind() == AttributeKind::kString ? value.text().size() : 0;
  return aligned(sizeof(AttributeRecord) + text);
}

/// Pre: `place` is aligned and has record_bytes(value); `value` is cut and not absent.
AttributeRecord* write_record(std::byte* place, const AttributeKey& key,
                              const AttributeValue& value) noexcept;

}  // namespace vigie::telemetry
