#include "server/http/base64url.hpp"

namespace vigie::http {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string base64url(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    bit_count += 8;
    for (; bit_count >= 6; bit_count -= 6) text.push_back(kAlphabet[bits >> (bit_count - 6) & 63]);
  }
  if (bit_count > 0) text.push_back(kAlphabet[bits << (6 - bit_count) & 63]);
  return text;
}

std::optional<std::vector<std::uint8_t>> base64url_decoded(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  int bit_count = 0;
  for (const char c : text) {
    const std::size_t digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(digit);
    bit_count += 6;
    if (bit_count < 8) continue;
    bit_count -= 8;
    bytes.push_back(static_cast<std::uint8_t>(bits >> bit_count));
  }
  const bool has_stray_bits = (bits & ((1U << bit_count) - 1)) != 0;
  if (bit_count >= 6 || has_stray_bits) return std::nullopt;
  return bytes;
}

std::optional<std::vector<std::uint8_t>> base64_decoded(std::string_view text) {
  constexpr std::size_t kQuantum = 4;
  constexpr int kPaddingMax = 2;
  const bool is_padded = text.size() % kQuantum == 0;
  for (int i = 0; i < kPaddingMax && is_padded && text.ends_with('='); ++i) text.remove_suffix(1);
  std::string url(text);
  for (char& c : url) {
    if (c == '-' || c == '_') return std::nullopt;
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return base64url_decoded(url);
}

}  // namespace vigie::http
