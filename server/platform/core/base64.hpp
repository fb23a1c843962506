#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vigie::core {

/// base64 with padding (RFC 4648, section 4).
std::string base64(std::span<const std::uint8_t> bytes);
std::string base64(std::string_view bytes);

/// base64url without padding (RFC 4648, section 5; RFC 7515, section 2).
std::string base64url(std::span<const std::uint8_t> bytes);
std::string base64url(std::string_view bytes);

/// The bytes that `text` is the base64 of, or nothing. Padding is right, or missing (RFC 9651,
/// 4.2.7). The other alphabet, white space, impossible lengths and unused bits that are not zero
/// are refused.
std::optional<std::string> base64_decoded(std::string_view text);

/// Accepts exactly what base64url() writes: no token has two forms.
std::optional<std::string> base64url_decoded(std::string_view text);

}  // namespace vigie::core
