#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "server/platform/core/digest.hpp"

struct evp_mac_ctx_st;

namespace vigie::crypto {

/// SHA-256 (FIPS 180-4).
core::Digest sha256(std::string_view message);

/// HMAC-SHA-256 (RFC 2104) with a key that is prepared once. Thread-safe.
class Hmac {
 public:
  explicit Hmac(std::span<const std::uint8_t> key);
  core::Digest operator()(std::string_view message) const;

 private:
  struct Free {
    void operator()(evp_mac_ctx_st* context) const noexcept;
  };
  using State = std::unique_ptr<evp_mac_ctx_st, Free>;

  State keyed_;  // never used itself: each call works on a copy
};

}  // namespace vigie::crypto
