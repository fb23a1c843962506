#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::http {

/// RFC 4648, section 5, without padding.
std::string base64url(std::span<const std::uint8_t> bytes);

/// Nothing unless `text` is exactly what base64url() makes of some bytes: no padding, no other
/// characters, no stray bits at the end.
std::optional<std::vector<std::uint8_t>> base64url_decoded(std::string_view text);

/// Of the other alphabet (RFC 4648, section 4). Padding is right, or missing (RFC 9651, 4.2.7).
std::optional<std::vector<std::uint8_t>> base64_decoded(std::string_view text);

}  // namespace vigie::http
