#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace vigie::auth {

/// base64url without padding (RFC 4648, section 5; RFC 7515, section 2).
std::string base64url(std::span<const std::uint8_t> bytes);
std::string base64url(std::string_view bytes);

/// The only spelling of some bytes, or nothing: padding, other alphabets, white space, impossible
/// lengths and unused bits that are not zero are refused, so that no token has two forms.
std::optional<std::string> base64url_decoded(std::string_view text);

}  // namespace vigie::auth
