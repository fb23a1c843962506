#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

struct evp_mac_ctx_st;

namespace vigie::crypto {

using Digest256 = std::array<std::uint8_t, 32>;

/// SHA-256 (FIPS 180-4).
Digest256 sha256(std::string_view message);

/// HMAC-SHA-256 (RFC 2104) with a key that is prepared once. Thread-safe.
class Hmac {
 public:
  explicit Hmac(std::span<const std::uint8_t> key);
  Digest256 operator()(std::string_view message) const;

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const noexcept;
  };
  using State = std::unique_ptr<evp_mac_ctx_st, Free>;

  State keyed_;  // never used itself: each call works on a copy
};

}  // namespace vigie::crypto
