#pragma once

#include <string_view>
#include <vector>

#include "server/http/admin_handlers.hpp"
#include "telemetry/json_writer.hpp"

/// Members that several answers of the admin port have, for the object that is open.
namespace vigie::http {

/// "status", "reasons".
void write_readiness(const std::vector<std::string_view>& obstacles, telemetry::JsonWriter& json);

/// "uptime_s", "version", "revision".
void write_build(const AdminResources& resources, telemetry::JsonWriter& json);

}  // namespace vigie::http
