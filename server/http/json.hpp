#pragma once

#include <string_view>
#include <variant>

#include "server/http/problem.hpp"
#include "server/platform/core/json.hpp"

namespace vigie::http {

using core::JsonMember;
using core::JsonValue;

/// Reads a body of JSON (core::parse_json); what is refused is a problem with its place.
std::variant<JsonValue, Problem> parse_json(std::string_view text);

}  // namespace vigie::http
