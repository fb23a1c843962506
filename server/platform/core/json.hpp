#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace vigie::core {

struct JsonMember;

/// A JSON value that was read: what decoders look at.
class JsonValue {
 public:
  using Null = std::monostate;
  using Array = std::vector<JsonValue>;
  using Object = std::vector<JsonMember>;  // names are unique, in the order received

  JsonValue() = default;
  template <typename T>
  explicit JsonValue(T value) : value_(std::move(value)) {}

  /// Null when it is of another kind.
  template <typename T>
  const T* as() const noexcept {
    return std::get_if<T>(&value_);
  }
  template <typename T>
  T* as() noexcept {
    return std::get_if<T>(&value_);
  }
  bool is_null() const noexcept { return value_.index() == 0; }

  /// The member of an object; null when there is none, or this is no object.
  const JsonValue* member(std::string_view name) const noexcept;
  /// The same, when it is of that kind.
  template <typename T>
  const T* member_as(std::string_view name) const noexcept {
    const JsonValue* const found = member(name);
    return found == nullptr ? nullptr : found->as<T>();
  }

 private:
  std::variant<Null, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

inline constexpr int kJsonDepthMax = 32;

/// Why a text was refused.
struct JsonFault {
  enum class Kind : std::uint8_t { kMalformed, kDuplicateMember, kTooDeep, kNumberOutOfRange };

  Kind kind = Kind::kMalformed;
  /// A JSON pointer (RFC 6901) to the value; empty for kMalformed, whose message has the byte.
  std::string pointer;
  std::string message;
};

/// Reads one JSON text (RFC 8259). Refused, each with its place: what is not JSON or not UTF-8,
/// members of one name, nesting over 32, integers beyond 64 bits and doubles beyond their range. A
/// number is an integer when its fraction is zero, however it is written: 10, 10.0 and 1e1 are one
/// (JSON Schema 2020-12, core 4.2.1 and validation 6.1.1).
std::variant<JsonValue, JsonFault> parse_json(std::string_view text);

/// `text` as a JSON string, quotation marks included. Bytes that are no UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

/// `name` as a reference token of a JSON pointer (RFC 6901).
std::string pointer_token(std::string_view name);

}  // namespace vigie::core
