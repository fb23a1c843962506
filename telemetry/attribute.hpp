#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace vigie::telemetry {

/// FNV-1a.
constexpr std::uint32_t hash_of(std::string_view name) noexcept {
  std::uint32_t hash = 0x811c9dc5;
  for (char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193;
  return hash;
}

enum class AttributeKind : std::uint8_t { kNone, kString, kInteger, kDouble, kBool };

/// The name of one attribute of spans and log events. Only constants of the catalogue are used as
/// keys: records keep the address.
struct AttributeKey {
  std::string_view name;
  AttributeKind kind;
  std::string_view help;
  /// Left to itself: for AttributeList.
  std::uint32_t hash = hash_of(name);
};

/// Longer strings are cut, at a character boundary, and the cut is counted.
inline constexpr std::size_t kAttributeBytesMax = 256;

/// A value on its way into a record. It views the string it was given: a parameter type, never a
/// member. A default-made value stands for "absent"; recording it does nothing.
class AttributeValue {
 public:
  constexpr AttributeValue() noexcept : integer_(0), kind_(AttributeKind::kNone) {}
  constexpr AttributeValue(std::string_view text) noexcept
      : text_(text), kind_(AttributeKind::kString) {}
  constexpr AttributeValue(const char* text) noexcept : AttributeValue(std::string_view(text)) {}
  constexpr AttributeValue(const std::string& text) noexcept
      : AttributeValue(std::string_view(text)) {}
  constexpr AttributeValue(std::same_as<bool> auto value) noexcept
      : integer_(value ? 1 : 0), kind_(AttributeKind::kBool) {}
  constexpr AttributeValue(std::floating_point auto value) noexcept
      : number_(static_cast<double>(value)), kind_(AttributeKind::kDouble) {}
  template <std::integral T>
  requires(!std::same_as<T, bool>) constexpr AttributeValue(T value) noexcept
      : integer_(static_cast<std::int64_t>(value)), kind_(AttributeKind::kInteger) {}

  constexpr AttributeKind kind() const noexcept { return kind_; }
  /// Pre: the kind is the one asked for.
  constexpr std::string_view text() const noexcept { return text_; }
  constexpr std::int64_t integer() const noexcept { return integer_; }
  constexpr double number() const noexcept { return number_; }
  constexpr bool flag() const noexcept { return integer_ != 0; }
  /// Pre: it is no text. The bytes of the integer, flag or double.
  constexpr std::int64_t bits() const noexcept {
    return kind_ == AttributeKind::kDouble ? std::bit_cast<std::int64_t>(number_) : integer_;
  }

 private:
  union {
    std::string_view text_;
    std::int64_t integer_;
    double number_;
  };
  AttributeKind kind_;
};

/// One attribute of a log event as it is written at the call.
struct Field {
  const AttributeKey& key;
  AttributeValue value;
};

}  // namespace vigie::telemetry
