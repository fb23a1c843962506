#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/domain/result.hpp"

struct evp_pkey_st;

namespace vigie::auth {

/// A private key of Ed25519 (RFC 8032) with its public part. Thread-safe once made.
class Ed25519Key {
 public:
  using Signature = std::array<std::uint8_t, 64>;

  static Ed25519Key generate();
  /// Reads a PKCS#8 private key in PEM without a passphrase; any other key is a fault.
  static domain::Result<Ed25519Key> from_pem(std::string_view pem);
  std::string to_pem() const;

  std::array<std::uint8_t, 32> public_bytes() const;
  Signature sign(std::string_view message) const;
  /// False as well when the signature has another length than 64 bytes.
  bool verifies(std::string_view message, std::string_view signature) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const noexcept;
  };

  explicit Ed25519Key(evp_pkey_st* key) : key_(key) {}

  std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace vigie::auth
