#pragma once

#include <optional>
#include <string_view>

#include "server/http/application.hpp"
#include "server/http/message.hpp"

namespace vigie::net {

// What RFC 9112 asks of single lines, stricter than any parser: whatever two parsers could read
// differently is refused, so that nothing can be smuggled past a proxy in front.

/// Fills method, target, path, query and version. Says what to refuse, if anything; the parts found
/// until then are set.
std::optional<http::Refusal> read_request_line(std::string_view line, http::Request& request);

bool is_token(std::string_view text) noexcept;

/// Name, colon, value; no folding, no space before the colon, no control characters.
bool is_field_line(std::string_view line) noexcept;

/// The value of Host (RFC 9110, section 7.2): may be empty.
bool is_host(std::string_view value) noexcept;

bool equals_ignoring_case(std::string_view a, std::string_view lowercase_b) noexcept;

/// Without the blanks and tabs around it.
std::string_view trimmed(std::string_view value) noexcept;

}  // namespace vigie::net
