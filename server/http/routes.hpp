#pragma once

#include <span>
#include <string>

#include "server/http/handlers.hpp"
#include "server/http/route.hpp"

namespace vigie::http {

/// One row of the public API: what is promised, and what does it.
struct ApiRoute {
  Route route;
  Handler handler;
  Preparation preparation = nullptr;
};

/// All of it, in the order in which people read it.
std::span<const ApiRoute> api_routes() noexcept;

/// The table for people, one route a line.
std::string describe_routes();

}  // namespace vigie::http
