#pragma once

#include <string>

#include "server/app/config.hpp"

namespace vigie::app {

/// The settings in force by name, for people who look into an incident: {"settings": {…},
/// "opentelemetry": {…}}. What is secret or may hold a password reads "(secret)".
std::string configuration_json(const Config& config);

}  // namespace vigie::app
