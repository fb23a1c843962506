#pragma once

#include <cstdint>
#include <string_view>

namespace vigie::domain {

/// The number that `bytes`, at most eight, are with the most significant one first.
constexpr std::uint64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

}  // namespace vigie::domain
