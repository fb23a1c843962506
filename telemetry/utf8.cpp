#include "telemetry/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace vigie::telemetry {
namespace {

constexpr std::uint64_t kOnes = 0x0101010101010101;
constexpr std::uint64_t kHighs = 0x8080808080808080;

// Tests eight bytes at once. A borrow can spoil only bytes above one that is not plain anyway.
bool are_plain(std::uint64_t bytes) noexcept {
  const std::uint64_t quotes = (bytes ^ (kOnes * '"')) - kOnes;
  const std::uint64_t backslashes = (bytes ^ (kOnes * '\\')) - kOnes;
  const std::uint64_t controls = bytes - kOnes * 0x20;
  return ((quotes | backslashes | controls | bytes) & kHighs) == 0;
}

template <typename Word>
Word load(const char* bytes) noexcept {
  Word word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

// Fewer than eight bytes as a word, some of them twice, filled up with a plain character.
std::uint64_t load_rest(std::string_view text) noexcept {
  const std::size_t size = text.size();
  const std::uint64_t fill = kOnes * 'a';
  if (size == 0) return fill;
  const char* data = text.data();
  if (size >= 4) {
    return load<std::uint32_t>(data) | std::uint64_t{load<std::uint32_t>(data + size - 4)} << 32;
  }
  const auto first = static_cast<std::uint8_t>(data[0]);
  const auto middle = static_cast<std::uint8_t>(data[size / 2]);
  const auto last = static_cast<std::uint8_t>(data[size - 1]);
  return fill << 24 | std::uint64_t{last} << 16 | std::uint64_t{middle} << 8 | first;
}

bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 &&
         c != '"' && c != '\\';
}

std::uint8_t byte_at(std::string_view text, std::size_t i) noexcept {
  return i < text.size() ? static_cast<std::uint8_t>(text[i]) : 0;
}

bool is_continuation(std::uint8_t byte) noexcept { return (byte & 0xC0) == 0x80; }

}  // namespace

std::size_t utf8_character_length(std::string_view text) noexcept {
  const std::uint8_t first = byte_at(text, 0);
  const std::uint8_t second = byte_at(text, 1);
  if (first < 0x80) return text.empty() ? 0 : 1;
  if (first < 0xC2 || first > 0xF4 || !is_continuation(second)) return 0;
  if (first < 0xE0) return 2;
  if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F)) return 0;
  if (!is_continuation(byte_at(text, 2))) return 0;
  if (first < 0xF0) return 3;
  if ((first == 0xF0 && second < 0x90) || (first == 0xF4 && second > 0x8F)) return 0;
  return is_continuation(byte_at(text, 3)) ? 4 : 0;
}

std::size_t plain_length(std::string_view text) noexcept {
  std::size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    if (!are_plain(load<std::uint64_t>(text.data() + i))) break;
  }
  if (text.size() - i < 8 && are_plain(load_rest(text.substr(i)))) return text.size();
  while (i < text.size() && is_plain(text[i])) ++i;
  return i;
}

bool is_valid_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    text.remove_prefix(plain_length(text));
    if (text.empty()) return true;
    const std::size_t length = utf8_character_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string replace_invalid_utf8(std::string_view text) {
  std::string valid;
  valid.reserve(text.size() + 16);
  while (!text.empty()) {
    const std::size_t length = utf8_character_length(text);
    valid += length == 0 ? kReplacementCharacter : text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return valid;
}

std::string_view cut_utf8(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  std::size_t end = bytes_max;
  while (end > 0 && bytes_max - end < 3 && is_continuation(byte_at(text, end))) --end;
  return text.substr(0, end);
}

}  // namespace vigie::telemetry
