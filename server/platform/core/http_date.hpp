#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::core {

/// UTC, with the precision of our records.
using HttpTime = std::chrono::sys_time<std::chrono::microseconds>;

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7); what is below a second is left out.
std::string http_date(HttpTime time);

/// Reads that form and the two obsolete ones, which a recipient has to take:
/// "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994". Nothing for anything else. Two
/// digits of a year that would be more than 50 years after `now` are of the century before.
std::optional<HttpTime> parse_http_date(std::string_view text, HttpTime now);

}  // namespace vigie::core
