#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "server/crypto/hmac.hpp"
#include "server/domain/secrets.hpp"
#include "server/platform/core/digest.hpp"

namespace vigie::auth {

/// Keys for each purpose are derived from one secret (HKDF-SHA-256, RFC 5869, without salt).
class HmacAuthenticator : public domain::MessageAuthenticator {
 public:
  static constexpr std::size_t kSecretBytesMin = 32;

  /// Pre: at least kSecretBytesMin random bytes; throws std::invalid_argument otherwise. The secret
  /// itself is not kept.
  explicit HmacAuthenticator(std::string_view secret);

  /// Purposes are literals: the key of each one ever asked for is kept.
  core::Digest mac(std::string_view purpose, std::string_view message) override;

 private:
  const crypto::Hmac& keyed_for(std::string_view purpose);

  const crypto::Hmac extracted_;
  std::shared_mutex mutex_;
  std::map<std::string, crypto::Hmac, std::less<>> by_purpose_;  // guarded by mutex_; grows only
};

/// HKDF-SHA-256 with an output of one block: `extracted` is keyed with the pseudo-random key.
core::Digest hkdf_expand(const crypto::Hmac& extracted, std::string_view info);
/// The pseudo-random key of HKDF-SHA-256.
core::Digest hkdf_extract(std::string_view salt, std::string_view secret);

}  // namespace vigie::auth
