#pragma once

#include <string>
#include <vector>

#include "server/app/config.hpp"
#include "server/http/operator_access.hpp"

namespace vigie::app {

/// What is wrong with the settings of the admin port, without a look at any file.
std::vector<std::string> faults_of_admin_port(const Config& config);

/// Whether others than this machine can reach the admin port.
bool is_beyond_loopback(const Config& config);

/// Throws std::runtime_error that names VIGIE_ADMIN_TOKEN_FILE, and says nothing of its content,
/// when it cannot be read or is no token.
http::OperatorAccess operator_access(const Config& config);

}  // namespace vigie::app
