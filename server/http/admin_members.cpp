#include "server/http/admin_members.hpp"

#include <chrono>

namespace vigie::http {

void write_readiness(const std::vector<std::string_view>& obstacles, telemetry::JsonWriter& json) {
  json.member("status", obstacles.empty() ? "ready" : "not_ready");
  json.key("reasons").begin_array();
  for (const std::string_view reason : obstacles) json.value(reason);
  json.end_array();
}

void write_build(const AdminResources& resources, telemetry::JsonWriter& json) {
  const auto uptime = std::chrono::steady_clock::now() - resources.started_at;
  json.member("uptime_s", std::chrono::duration_cast<std::chrono::seconds>(uptime).count())
      .member("version", resources.given.version)
      .member("revision", resources.given.revision);
}

}  // namespace vigie::http
