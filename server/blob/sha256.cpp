#include "server/blob/sha256.hpp"

#include <openssl/evp.h>

#include "server/crypto/openssl.hpp"

namespace vigie::blob {

void Sha256::Free::operator()(evp_md_ctx_st* context) const noexcept { EVP_MD_CTX_free(context); }

Sha256::Sha256() : state_(EVP_MD_CTX_new()) {
  crypto::require(state_ != nullptr, "make a context");
  crypto::require(EVP_DigestInit_ex(state_.get(), EVP_sha256(), nullptr) == 1, "begin SHA-256");
}

void Sha256::update(std::string_view bytes) {
  crypto::require(EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size()) == 1, "SHA-256");
}

domain::ContentHash Sha256::finish() {
  domain::ContentHash hash;
  crypto::require(EVP_DigestFinal_ex(state_.get(), hash.bytes.data(), nullptr) == 1, "end SHA-256");
  return hash;
}

}  // namespace vigie::blob
