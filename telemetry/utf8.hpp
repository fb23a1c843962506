#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace vigie::telemetry {

/// Bytes of the one well-formed character at the front (1–4), or 0 when there is none (RFC 3629:
/// no overlong forms, surrogates, or values over U+10FFFF).
std::size_t utf8_character_length(std::string_view text) noexcept;

/// Bytes at the front that are plain: ASCII without controls, quotation mark and backslash. They
/// need no escape in JSON.
std::size_t plain_length(std::string_view text) noexcept;

bool is_valid_utf8(std::string_view text) noexcept;

/// The text with each byte that is no UTF-8 replaced by U+FFFD.
std::string replace_invalid_utf8(std::string_view text);

/// The longest front of at most `bytes_max` bytes that does not cut a character.
std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept;

inline constexpr std::string_view kReplacementCharacter = "\xEF\xBF\xBD";

}  // namespace vigie::telemetry
