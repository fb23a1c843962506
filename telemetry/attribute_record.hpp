#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

#include "telemetry/attribute.hpp"
#include "telemetry/utf8.hpp"

namespace vigie::telemetry {

/// The end of a chain of records.
inline constexpr std::uint32_t kLastAttribute = 0xFFFFFFFF;

/// One attribute as it lies in the memory of a trace or log queue; the bytes of a string follow it.
struct AttributeRecord {
  const AttributeKey* key;
  /// For records that are chained.
  std::uint32_t next;
  std::uint16_t text_size;
  AttributeKind kind;
  /// An integer, a flag, or a double.
  std::int64_t bits;

  std::int64_t integer() const noexcept { return bits; }
  double number() const noexcept { return std::bit_cast<double>(bits); }
  bool flag() const noexcept { return bits != 0; }

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

/// The front of a text that is kept.
inline std::string_view cut(std::string_view text) noexcept {
  return text.size() <= kAttributeBytesMax ? text : cut_utf8(text, kAttributeBytesMax);
}

/// Room that a text takes, when it is cut, or a value of another kind.
inline std::size_t record_bytes(std::string_view text) noexcept {
  return aligned(sizeof(AttributeRecord) + text.size());
}
inline std::size_t record_bytes(const AttributeValue& value) noexcept {
  return record_bytes(value.kind() == AttributeKind::kString ? cut(value.text())
                                                             : std::string_view());
}

/// Pre: `place` is aligned and has record_bytes(); `text` is cut.
inline AttributeRecord* write_text(std::byte* place, const AttributeKey& key,
                                   std::string_view text) noexcept {
  auto* record = new (place) AttributeRecord{
      &key, kLastAttribute, static_cast<std::uint16_t>(text.size()), AttributeKind::kString, 0};
  std::memcpy(record + 1, text.data(), text.size());
  return record;
}

/// As write_text, for a value of another kind, as its bits.
inline AttributeRecord* write_bits(std::byte* place, const AttributeKey& key, AttributeKind kind,
                                   std::int64_t bits) noexcept {
  return new (place) AttributeRecord{&key, kLastAttribute, 0, kind, bits};
}

}  // namespace vigie::telemetry
