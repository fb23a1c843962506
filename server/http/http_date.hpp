#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/clock.hpp"

namespace vigie::http {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7); what is below a second is left out.
std::string http_date(domain::Timestamp time);

/// Reads that form and the two obsolete ones, which a recipient has to take:
/// "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994". Nothing for anything else. Two
/// digits of a year that would be more than 50 years after `now` are of the century before.
std::optional<domain::Timestamp> parse_http_date(std::string_view text, domain::Timestamp now);

}  // namespace vigie::http
