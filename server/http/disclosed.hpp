#pragma once

#include <string_view>

namespace vigie::http {

struct RouteMatch;
struct Request;

// What of a request may be told to spans and log lines, where the caller chose the words: a
// password is easily put into a path, a token into any header (docs/telemetry-privacy.md).

/// The path when it is a route's and its parameters are ids, else the route's pattern; nothing when
/// no route matched.
std::string_view disclosed_path(const Request& request, const RouteMatch& match) noexcept;

/// The program behind a User-Agent: one of a closed list, or "other"; nothing when there is none.
std::string_view disclosed_program(std::string_view user_agent) noexcept;

}  // namespace vigie::http
