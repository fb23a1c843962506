#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace vigie::domain {

struct TextFacts {
  std::size_t code_points = 0;
  /// C0, C1 and DEL but for tab, line feed and carriage return.
  bool has_control = false;
  /// Tab, line feed, carriage return, LINE SEPARATOR, PARAGRAPH SEPARATOR.
  bool has_line_layout = false;
  /// Nothing but spaces, tabs and line breaks; also when empty.
  bool is_blank = true;
};

/// Nothing when `text` is not valid UTF-8 (RFC 3629: no overlong forms, no surrogates, at most
/// U+10FFFF).
std::optional<TextFacts> facts_of(std::string_view text) noexcept;

}  // namespace vigie::domain
