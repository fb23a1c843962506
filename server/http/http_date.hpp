#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/clock.hpp"

namespace vigie::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7); what is below a second is left out.
std::string http_date(domain::Timestamp time);

/// Of that form alone: the two obsolete ones are not sent by anything that asks for ranges. Nothing
/// when it is malformed.
std::optional<domain::Timestamp> parse_http_date(std::string_view text);

}  // namespace vigie::http
