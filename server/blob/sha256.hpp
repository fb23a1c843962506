#pragma once

#include <memory>
#include <string_view>

#include "server/domain/content_hash.hpp"

struct evp_md_ctx_st;

namespace vigie::blob {

/// SHA-256 (FIPS 180-4) of bytes as they come.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  /// Once.
  domain::ContentHash finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> state_;
};

}  // namespace vigie::blob
