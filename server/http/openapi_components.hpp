#pragma once

#include <string>
#include <string_view>

namespace vigie::http {

/// The reusable parts of the API description, with the domain's limits filled in: compact JSON of
/// `components` (schemas, headers, parameters, security schemes).
std::string openapi_components();

/// An example of a schema, as JSON; empty for a schema that has none.
std::string openapi_example(std::string_view schema);

/// JSON without the white space between its tokens.
std::string compact_json(std::string_view json);

}  // namespace vigie::http
