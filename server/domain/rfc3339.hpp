#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/clock.hpp"

namespace vigie::domain {

/// Reads an RFC 3339 date-time with 'Z' or a numeric offset and up to nine fractional digits, of
/// which those beyond microseconds are cut. Refused: leap seconds, a missing offset, instants
/// outside the years 0001–9999 in UTC.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

/// Appends the UTC form with 'Z'. The fraction has no digits, three or six: the fewest that lose
/// nothing. `time` is within the years 0000–9999.
void append_rfc3339(std::string& text, Timestamp time);
std::string format_rfc3339(Timestamp time);

}  // namespace vigie::domain
