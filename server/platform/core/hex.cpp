#include "server/platform/core/hex.hpp"

#include <cstddef>

namespace vigie::core {

void append_hex(std::string& text, std::span<const std::uint8_t> bytes) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0xf];
  }
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  append_hex(text, bytes);
  return text;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> bytes) noexcept {
  if (text.size() != 2 * bytes.size()) return false;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const int high = hex_value(text[2 * at]);
    const int low = hex_value(text[2 * at + 1]);
    if (high < 0 || low < 0) return false;
    bytes[at] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

}  // namespace vigie::core
