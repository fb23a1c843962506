#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace vigie::domain {

/// Of a hexadecimal digit in either case; -1: it is none.
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Appends two lower-case digits.
inline void append_hex(std::string& text, std::uint8_t byte) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  text += kDigits[byte >> 4];
  text += kDigits[byte & 0xf];
}

}  // namespace vigie::domain
