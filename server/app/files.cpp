#include "server/app/files.hpp"

#include <exception>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "server/auth/hmac_authenticator.hpp"
#include "server/platform/core/base64.hpp"

namespace vigie::app {
namespace {

constexpr const char* kTimeZonesFile = "/usr/share/zoneinfo/tzdata.zi";

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path);
  return std::move(content).str();
}

/// Of a file that somebody may have written with an editor.
std::string read_text(const std::string& path) {
  std::string text = read_file(path);
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  return text;
}

}  // namespace

std::string read_secret(const Config& config) {
  std::string secret = read_file(config.secret_file);
  if (secret.size() < auth::HmacAuthenticator::kSecretBytesMin) {
    throw std::runtime_error("VIGIE_SECRET_FILE must hold at least " +
                             std::to_string(auth::HmacAuthenticator::kSecretBytesMin) +
                             " random bytes; " + config.secret_file + " holds " +
                             std::to_string(secret.size()));
  }
  return secret;
}

std::string read_azure_key(const Config& config) {
  const std::string text = read_text(config.blob_azure_key_file);
  auto key = core::base64_decoded(text);
  if (!key || key->empty()) {
    throw std::runtime_error("VIGIE_BLOB_AZURE_KEY_FILE must hold the account's key in base64; " +
                             config.blob_azure_key_file + " does not");
  }
  return *std::move(key);
}

std::string read_admin_token(const Config& config) {
  try {
    return read_text(config.admin_token_file);
  } catch (const std::exception& fault) {
    throw std::runtime_error(std::string("VIGIE_ADMIN_TOKEN_FILE: ") + fault.what());
  }
}

std::unique_ptr<auth::KeyRing> open_key_ring(const Config& config) {
  if (!std::filesystem::is_directory(config.keys_dir)) {
    throw std::runtime_error("VIGIE_KEYS_DIR: there is no directory " + config.keys_dir +
                             "; vigie keygen " + config.keys_dir + " makes it, with a key");
  }
  auto ring = auth::KeyRing::open(config.keys_dir);
  if (!ring) {
    throw std::runtime_error("VIGIE_KEYS_DIR: " + ring.error().detail + "; vigie keygen " +
                             config.keys_dir + " makes a key");
  }
  return std::move(*ring);
}

domain::TimeZoneSet read_time_zones() {
  domain::TimeZoneSet zones = domain::TimeZoneSet::from_tzdata(read_file(kTimeZonesFile));
  if (zones.size() == 0) throw std::runtime_error(std::string("no time zone in ") + kTimeZonesFile);
  return zones;
}

}  // namespace vigie::app
