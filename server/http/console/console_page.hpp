#pragma once

#include "server/http/console/pages.hpp"

namespace vigie::http::console {

/// How the process is, on one screen: what show_console tells.
PageText console_page(const nlohmann::ordered_json& document, const Exchange& exchange);

}  // namespace vigie::http::console
