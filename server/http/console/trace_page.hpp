#pragma once

#include "server/http/console/pages.hpp"

namespace vigie::http::console {

/// What list_traces tells.
PageText traces_page(const nlohmann::ordered_json& document, const Exchange& exchange);

/// What show_trace tells: spans and log lines on one axis of time.
PageText trace_page(const nlohmann::ordered_json& document, const Exchange& exchange);

}  // namespace vigie::http::console
