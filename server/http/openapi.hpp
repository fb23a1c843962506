#pragma once

#include <string>

namespace vigie::http {

/// The OpenAPI 3.1 description of the public API, made from the route table, the kinds of problems
/// and the limits of the domain.
std::string openapi_json();

}  // namespace vigie::http
