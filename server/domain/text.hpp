#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::domain {

/// What the rules for texts want to know of one. Properties are Unicode's, as ICU has them.
struct TextFacts {
  std::size_t code_points = 0;
  /// C0, C1 and DEL but for tab, line feed and carriage return.
  bool has_control = false;
  /// Tab, line feed, carriage return, LINE SEPARATOR, PARAGRAPH SEPARATOR.
  bool has_line_layout = false;
  /// Nothing that anybody sees: white space, what is ignorable by default (UAX 44), formats, and
  /// the signs whose picture is empty. Also when empty.
  bool is_blank = true;
  /// U+202A–202E, U+2066–2069: what follows may be shown in another order than it has.
  bool has_direction_control = false;
  /// One of them without its partner in the same paragraph, so that it turns what is shown behind
  /// the text (Unicode TR 36, 3.1).
  bool has_open_direction = false;
  /// Code points that are no characters, in no text that is exchanged (Unicode, 23.7).
  bool has_noncharacter = false;
  /// More than 30 marks on one character (UAX 15, 13: the Stream-Safe Text Format).
  bool has_piled_marks = false;
};

/// Nothing when `text` is not valid UTF-8 (RFC 3629: no overlong forms, no surrogates, at most
/// U+10FFFF).
std::optional<TextFacts> facts_of(std::string_view text) noexcept;

/// `text` composed (NFC, UAX 15): texts that look alike because Unicode says that they are the same
/// are then the same bytes. As it is when it is not valid UTF-8, or has piled marks, whose
/// reordering would cost the square of their number: both are for the rules to refuse.
std::string normalised(std::string text);

}  // namespace vigie::domain
