#include "server/domain/id.hpp"

#include "server/platform/core/hex.hpp"

namespace vigie::domain {
namespace {

constexpr std::size_t kTextLength = 36;

constexpr bool is_hyphen_place(std::size_t at) noexcept {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != kTextLength) return std::nullopt;
  Uuid uuid;
  std::size_t digit = 0;
  for (std::size_t at = 0; at < kTextLength; ++at) {
    if (is_hyphen_place(at)) {
      if (text[at] != '-') return std::nullopt;
      continue;
    }
    const int value = core::hex_value(text[at]);
    if (value < 0) return std::nullopt;
    std::uint8_t& byte = uuid.bytes[digit / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digit;
  }
  return uuid;
}

std::string Uuid::to_string() const {
  std::string text;
  text.reserve(kTextLength);
  for (const std::uint8_t byte : bytes) {
    if (is_hyphen_place(text.size())) text += '-';
    core::append_hex(text, {&byte, 1});
  }
  return text;
}

}  // namespace vigie::domain
