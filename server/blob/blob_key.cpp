#include "server/blob/blob_key.hpp"

#include <algorithm>

namespace vigie::blob {
namespace {

constexpr std::size_t kKeyBytesMax = 200;

constexpr bool is_key_character(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

bool is_segment(std::string_view text) noexcept {
  return !text.empty() && text.front() != '.' && std::ranges::all_of(text, is_key_character);
}

}  // namespace

bool is_blob_key(std::string_view text) noexcept {
  if (text.size() > kKeyBytesMax) return false;
  while (true) {
    const std::size_t slash = text.find('/');
    if (!is_segment(text.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    text.remove_prefix(slash + 1);
  }
}

}  // namespace vigie::blob
