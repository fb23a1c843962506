#pragma once

#include <string_view>

namespace vigie::telemetry {

/// What W3C's and OpenTelemetry's formats write their numbers in.
inline constexpr std::string_view kLowerHexDigits = "0123456789abcdef";

/// The value of a lower-case digit; -1: it is none.
constexpr int lower_hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace vigie::telemetry
