#pragma once

#include <string>
#include <string_view>

#include "server/http/message.hpp"

namespace vigie::http {

/// The lines of a list field as the one list that they are (RFC 9110, 5.3); empty without any.
std::string combined(const RequestHeaders& headers, std::string_view name);

/// Takes what stands before the next `separator` off the front of `rest`, without white space
/// around it. A separator in a quoted string (RFC 9110, 5.6.4) separates nothing. May be empty:
/// empty elements are for the caller to ignore (RFC 9110, 5.6.1.2).
std::string_view next_element(std::string_view& rest, char separator) noexcept;

/// The names of request fields that this server reads and that are lists by their definition.
inline constexpr std::string_view kAccept = "Accept";
inline constexpr std::string_view kAcceptEncoding = "Accept-Encoding";
inline constexpr std::string_view kContentEncoding = "Content-Encoding";
inline constexpr std::string_view kIfMatch = "If-Match";
inline constexpr std::string_view kIfNoneMatch = "If-None-Match";

}  // namespace vigie::http
