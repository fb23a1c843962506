#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace vigie::core {

/// The value of a hexadecimal digit in either case; -1: it is none.
constexpr int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr bool is_hex_digit(char c) noexcept { return hex_value(c) >= 0; }

/// Appends two lower-case digits a byte.
void append_hex(std::string& text, std::span<const std::uint8_t> bytes);
std::string to_hex(std::span<const std::uint8_t> bytes);

/// Fills `bytes` from two digits each, in either case; false: `text` is not exactly these digits,
/// and `bytes` may be half filled.
bool read_hex(std::string_view text, std::span<std::uint8_t> bytes) noexcept;

}  // namespace vigie::core
