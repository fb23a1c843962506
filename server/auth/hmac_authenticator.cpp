#include "server/auth/hmac_authenticator.hpp"

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <stdexcept>

namespace vigie::auth {
namespace {

std::string_view checked(std::string_view secret) {
  if (secret.size() < HmacAuthenticator::kSecretBytesMin) {
    throw std::invalid_argument("the server secret must have at least 32 bytes");
  }
  return secret;
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

HmacAuthenticator::HmacAuthenticator(std::string_view secret)
    : extracted_(hkdf_extract("", checked(secret))) {}

core::Digest HmacAuthenticator::mac(std::string_view purpose, std::string_view message) {
  return keyed_for(purpose)(message);
}

const crypto::Hmac& HmacAuthenticator::keyed_for(std::string_view purpose) {
  {
    const std::shared_lock lock(mutex_);
    const auto found = by_purpose_.find(purpose);
    if (found != by_purpose_.end()) return found->second;
  }
  crypto::Hmac keyed{hkdf_expand(extracted_, "vigie " + std::string(purpose))};
  const std::lock_guard lock(mutex_);
  return by_purpose_.try_emplace(std::string(purpose), std::move(keyed)).first->second;
}

core::Digest hkdf_expand(const crypto::Hmac& extracted, std::string_view info) {
  return extracted(std::string(info) + '\x01');
}

core::Digest hkdf_extract(std::string_view salt, std::string_view secret) {
  return crypto::Hmac{bytes_of(salt)}(secret);
}

}  // namespace vigie::auth
