#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/http/problem.hpp"

namespace vigie::http {

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

 private:
  std::variant<Null, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

inline constexpr int kJsonDepthMax = 32;

/// Reads one JSON text (RFC 8259). Refused, each with its place: what is not JSON or not UTF-8 (the
/// byte), members of one name, nesting over 32, integers beyond 64 bits and doubles beyond their
/// range (the pointer). A number is an integer when its fraction is zero, however it is written:
/// 10, 10.0 and 1e1 are one (JSON Schema 2020-12, core 4.2.1 and validation 6.1.1).
std::variant<JsonValue, Problem> parse_json(std::string_view text);

/// `name` as a reference token of a JSON pointer (RFC 6901).
std::string pointer_token(std::string_view name);

}  // namespace vigie::http
