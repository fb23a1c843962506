#include "server/platform/core/percent.hpp"

#include <algorithm>

#include "server/platform/core/hex.hpp"

namespace vigie::core {
namespace {

/// The byte that the escape at `at` stands for; -1 when it is none, or NUL.
int escaped_byte(std::string_view text, std::size_t at) noexcept {
  if (at + 2 >= text.size()) return -1;
  const int high = hex_value(text[at + 1]);
  const int low = hex_value(text[at + 2]);
  if (high < 0 || low < 0 || (high == 0 && low == 0)) return -1;
  return high * 16 + low;
}

bool is_unreserved(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

bool has_valid_escapes(std::string_view text) noexcept {
  for (std::size_t at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 3)) {
    if (escaped_byte(text, at) < 0) return false;
  }
  return true;
}

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded.push_back(text[at]);
      continue;
    }
    const int byte = escaped_byte(text, at);
    if (byte < 0) return std::nullopt;
    decoded.push_back(static_cast<char>(byte));
    at += 2;
  }
  return decoded;
}

std::optional<std::string> query_decoded(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  return percent_decoded(spaced);
}

std::string percent_encoded(std::string_view text, std::string_view kept) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (is_unreserved(c) || kept.find(c) != std::string_view::npos) {
      encoded.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kDigits[byte >> 4]);
    encoded.push_back(kDigits[byte & 0xf]);
  }
  return encoded;
}

}  // namespace vigie::core
