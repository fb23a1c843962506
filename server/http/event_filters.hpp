#pragma once

#include <string>

#include "server/domain/event_list.hpp"
#include "server/domain/result.hpp"
#include "server/http/query_parameters.hpp"

namespace vigie::http {

/// What the query of a list asks for; `cursor` is still opaque.
struct EventFilters {
  domain::EventQuery query;
  std::string cursor;  // empty: the first page
};

/// kValidationFailed with a fault for each parameter that is unknown, repeated (but for `tag`), or
/// not of its form.
domain::Result<EventFilters> parse_event_filters(const QueryParameters& parameters);

}  // namespace vigie::http
