#include "server/domain/text.hpp"

#include <array>
#include <cstdint>

namespace vigie::domain {
namespace {

struct Decoded {
  char32_t code_point = 0;
  std::size_t length = 0;  // 0: malformed
};

unsigned char byte_at(std::string_view text, std::size_t index) noexcept {
  return static_cast<unsigned char>(text[index]);
}

/// How many bytes the first byte announces; 0 for one that cannot begin a character.
std::size_t length_by(unsigned char first) noexcept {
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return 2;
  if (first < 0xf0) return 3;
  return first < 0xf5 ? 4 : 0;
}

Decoded decode(std::string_view text, std::size_t at) noexcept {
  static constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  const unsigned char first = byte_at(text, at);
  const std::size_t length = length_by(first);
  if (length == 1) return {first, 1};
  if (length == 0 || at + length > text.size()) return {};
  char32_t code_point = first & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const unsigned char next = byte_at(text, at + i);
    if ((next & 0xc0U) != 0x80U) return {};
    code_point = (code_point << 6) | (next & 0x3fU);
  }
  const bool is_surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (code_point < kLeast[length] || code_point > 0x10ffff || is_surrogate) return {};
  return {code_point, length};
}

bool is_line_layout(char32_t c) noexcept {
  return c == '\t' || c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

bool is_control(char32_t c) noexcept { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

}  // namespace

std::optional<TextFacts> facts_of(std::string_view text) noexcept {
  TextFacts facts;
  for (std::size_t at = 0; at < text.size(); ++facts.code_points) {
    const auto [code_point, length] = decode(text, at);
    if (length == 0) return std::nullopt;
    const bool lays_out = is_line_layout(code_point);
    facts.has_line_layout |= lays_out;
    facts.has_control |= !lays_out && is_control(code_point);
    facts.is_blank &= lays_out || code_point == ' ';
    at += length;
  }
  return facts;
}

}  // namespace vigie::domain
