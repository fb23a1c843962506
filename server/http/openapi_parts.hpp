#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "server/http/openapi_part.hpp"

namespace vigie::http {

/// The objects of all parts in one, with their values filled in. A text that is nothing but
/// "$name$" becomes the value, or the example of that name; within a longer text a list is one of
/// words.
nlohmann::ordered_json openapi_parts(std::span<const OpenapiPart> parts);

}  // namespace vigie::http
