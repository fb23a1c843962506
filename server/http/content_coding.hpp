#pragma once

#include <string_view>

namespace vigie::http {

/// Whether Accept-Encoding (RFC 9110, 12.5.3) asks for `coding` at least as much as for a content
/// that is not coded. Whoever sends no such field has asked for nothing. `accept_encoding`: all
/// lines of the field as one.
bool prefers_coding(std::string_view accept_encoding, std::string_view coding) noexcept;

}  // namespace vigie::http
