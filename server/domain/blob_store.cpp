#include "server/domain/blob_store.hpp"

#include "server/domain/hexadecimal.hpp"

namespace vigie::domain {

std::optional<ContentHash> ContentHash::parse(std::string_view text) {
  ContentHash hash;
  if (text.size() != 2 * hash.bytes.size()) return std::nullopt;
  for (std::size_t at = 0; at < hash.bytes.size(); ++at) {
    const int high = hex_value(text[2 * at]);
    const int low = hex_value(text[2 * at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash.bytes[at] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return hash;
}

std::string ContentHash::to_string() const {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) append_hex(text, byte);
  return text;
}

}  // namespace vigie::domain
