#include "server/platform/core/base64.hpp"

#include <array>
#include <cstddef>

namespace vigie::core {
namespace {

constexpr std::uint8_t kNoDigit = 0xff;
constexpr std::size_t kDigitsOfGroup = 4;

/// The 64 digits, and the value of each.
struct Alphabet {
  std::array<char, 64> digits{};
  std::array<std::uint8_t, 256> values{};

  consteval Alphabet(char digit_62, char digit_63) {
    constexpr std::string_view kCommon =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    for (std::size_t i = 0; i < kCommon.size(); ++i) digits[i] = kCommon[i];
    digits[62] = digit_62;
    digits[63] = digit_63;
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < digits.size(); ++i) {
      values[static_cast<unsigned char>(digits[i])] = static_cast<std::uint8_t>(i);
    }
  }
};

constexpr Alphabet kStandard('+', '/');
constexpr Alphabet kOfUrls('-', '_');

std::string encoded(std::span<const std::uint8_t> bytes, const Alphabet& alphabet) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * kDigitsOfGroup);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const std::uint8_t byte : bytes) {
    pending = pending << 8 | byte;
    for (bits += 8; bits >= 6;) {
      bits -= 6;
      text.push_back(alphabet.digits[pending >> bits & 0x3f]);
    }
  }
  if (bits > 0) text.push_back(alphabet.digits[pending << (6 - bits) & 0x3f]);
  return text;
}

/// The text has no padding.
std::optional<std::string> decoded(std::string_view text, const Alphabet& alphabet) {
  if (text.size() % kDigitsOfGroup == 1) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() * 3 / kDigitsOfGroup);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : text) {
    const std::uint8_t digit = alphabet.values[static_cast<unsigned char>(c)];
    if (digit == kNoDigit) return std::nullopt;
    pending = pending << 6 | digit;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<char>(pending >> bits & 0xff));
  }
  const std::uint32_t unused = pending & ((1U << bits) - 1);
  if (unused != 0) return std::nullopt;
  return bytes;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

std::string base64(std::span<const std::uint8_t> bytes) {
  std::string text = encoded(bytes, kStandard);
  text.resize((bytes.size() + 2) / 3 * kDigitsOfGroup, '=');
  return text;
}

std::string base64(std::string_view bytes) { return base64(bytes_of(bytes)); }

std::string base64url(std::span<const std::uint8_t> bytes) { return encoded(bytes, kOfUrls); }

std::string base64url(std::string_view bytes) { return base64url(bytes_of(bytes)); }

std::optional<std::string> base64_decoded(std::string_view text) {
  constexpr int kPaddingMax = 2;
  const bool is_padded = text.size() % kDigitsOfGroup == 0;
  for (int i = 0; i < kPaddingMax && is_padded && text.ends_with('='); ++i) text.remove_suffix(1);
  return decoded(text, kStandard);
}

std::optional<std::string> base64url_decoded(std::string_view text) {
  return decoded(text, kOfUrls);
}

}  // namespace vigie::core
