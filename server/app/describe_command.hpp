#pragma once

#include <span>
#include <string_view>

namespace vigie::app {

/// What `describe_to_stdout` knows: "catalogue", "config", "openapi", "routes", …
std::span<const std::string_view> description_subjects();

/// Prints one subject. Pre: it is one of the subjects.
int describe_to_stdout(std::string_view subject);

}  // namespace vigie::app
