#pragma once

#include <memory>
#include <string>

#include "server/app/config.hpp"
#include "server/auth/key_ring.hpp"
#include "server/domain/time_zone_set.hpp"

namespace vigie::app {

/// The content of VIGIE_SECRET_FILE. Throws std::runtime_error that names the file when it cannot
/// be read or is shorter than HmacAuthenticator::kSecretBytesMin.
std::string read_secret(const Config& config);

/// The content of VIGIE_BLOB_AZURE_KEY_FILE, decoded. Throws std::runtime_error that names the
/// file, and says nothing of its content, when it cannot be read or is no key.
std::string read_azure_key(const Config& config);

/// The content of VIGIE_ADMIN_TOKEN_FILE without blanks and line ends behind it. Throws
/// std::runtime_error that names the setting and the file when it cannot be read.
std::string read_admin_token(const Config& config);

/// The keys of VIGIE_KEYS_DIR. Throws std::runtime_error that names the file at fault.
std::unique_ptr<auth::KeyRing> open_key_ring(const Config& config);

/// The machine's IANA time zones (package tzdata). Throws std::runtime_error when there are none.
domain::TimeZoneSet read_time_zones();

}  // namespace vigie::app
