#include "server/app/files.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "server/auth/hmac_authenticator.hpp"
#include "server/blob/base64.hpp"

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
  std::string text = read_file(config.blob_azure_key_file);
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) text.pop_back();
  auto key = blob::from_base64(text);
  if (!key) {
    throw std::runtime_error("VIGIE_BLOB_AZURE_KEY_FILE must hold the account's key in base64; " +
                             config.blob_azure_key_file + " does not");
  }
  return *std::move(key);
}

std::unique_ptr<auth::KeyRing> open_key_ring(const Config& config) {
  auto ring = auth::KeyRing::open(config.keys_dir);
  if (!ring) throw std::runtime_error("VIGIE_KEYS_DIR: " + ring.error().detail);
  return std::move(*ring);
}

domain::TimeZoneSet read_time_zones() {
  domain::TimeZoneSet zones = domain::TimeZoneSet::from_tzdata(read_file(kTimeZonesFile));
  if (zones.size() == 0) throw std::runtime_error(std::string("no time zone in ") + kTimeZonesFile);
  return zones;
}

}  // namespace vigie::app
