#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace vigie::core {

/// Whether every '%' begins an escape of two hexadecimal digits that does not stand for NUL.
bool has_valid_escapes(std::string_view text) noexcept;

/// Decodes the escapes (RFC 3986, 2.1) once. Nothing when one is invalid, or there is a NUL.
std::optional<std::string> percent_decoded(std::string_view text);

/// The same for a name or value of a form-encoded query, where '+' is a space.
std::optional<std::string> query_decoded(std::string_view text);

/// Escapes everything but the unreserved characters (RFC 3986, 2.3), so that the text can stand
/// anywhere in a URI, and but the characters of `kept`.
std::string percent_encoded(std::string_view text, std::string_view kept = {});

}  // namespace vigie::core
