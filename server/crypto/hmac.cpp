#include "server/crypto/hmac.hpp"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <string>

#include "server/crypto/openssl.hpp"

namespace vigie::crypto {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

core::Digest sha256(std::string_view message) {
  core::Digest digest{};
  require(EVP_Digest(message.data(), message.size(), digest.data(), nullptr, EVP_sha256(),
                     nullptr) == 1,
          "hash");
  return digest;
}

void Hmac::Free::operator()(evp_mac_ctx_st* context) const noexcept { EVP_MAC_CTX_free(context); }

Hmac::Hmac(std::span<const std::uint8_t> key) {
  EVP_MAC* const mac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  require(mac != nullptr, "find HMAC");
  keyed_.reset(EVP_MAC_CTX_new(mac));
  EVP_MAC_free(mac);  // the context holds it
  require(keyed_ != nullptr, "make a context");
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end()};
  // OpenSSL takes a null key for "the key there is": an empty one needs an address.
  const std::uint8_t empty = 0;
  require(EVP_MAC_init(keyed_.get(), key.empty() ? &empty : key.data(), key.size(),
                       parameters.data()) == 1,
          "begin HMAC");
}

core::Digest Hmac::operator()(std::string_view message) const {
  const State state{EVP_MAC_CTX_dup(keyed_.get())};
  require(state != nullptr, "copy a context");
  core::Digest digest{};
  std::size_t length = 0;
  require(EVP_MAC_update(state.get(), bytes_of(message), message.size()) == 1 &&
              EVP_MAC_final(state.get(), digest.data(), &length, digest.size()) == 1,
          "HMAC");
  return digest;
}

}  // namespace vigie::crypto
