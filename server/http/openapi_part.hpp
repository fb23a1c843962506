#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vigie::http {

/// Stands for "$name$" in the texts of all parts: a limit or a list of the domain. Views look into
/// literals and constants.
struct OpenapiValue {
  std::string_view name;
  std::int64_t limit = 0;
  /// Not empty: this instead.
  std::span<const std::string_view> list = {};
};

/// What one feature adds to the API description. A value over literals.
struct OpenapiPart {
  /// An object: `tags` with their descriptions, the kinds of `components`, and an example by the
  /// name of its schema.
  std::string_view json;
  std::span<const OpenapiValue> values;
};

}  // namespace vigie::http
