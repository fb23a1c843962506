#include "server/auth/ed25519_key.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <utility>

#include "server/crypto/openssl.hpp"

namespace vigie::auth {
namespace {

struct BioFree {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
};
struct DigestFree {
  void operator()(EVP_MD_CTX* digest) const noexcept { EVP_MD_CTX_free(digest); }
};
using Bio = std::unique_ptr<BIO, BioFree>;
using Digest = std::unique_ptr<EVP_MD_CTX, DigestFree>;

/// Instead of OpenSSL's own, which asks for a passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

void Ed25519Key::Free::operator()(evp_pkey_st* key) const noexcept { EVP_PKEY_free(key); }

Ed25519Key Ed25519Key::generate() {
  EVP_PKEY* const key = EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  crypto::require(key != nullptr, "generate a key");
  return Ed25519Key{key};
}

domain::Result<Ed25519Key> Ed25519Key::from_pem(std::string_view pem) {
  const auto fault = [](std::string detail) {
    ERR_clear_error();
    return domain::Error{.code = domain::Code::kInternal, .detail = std::move(detail)};
  };
  const Bio bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
  crypto::require(bio != nullptr, "open a buffer");
  EVP_PKEY* const key = PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr);
  if (key == nullptr) return fault("not a private key in PEM without a passphrase");
  Ed25519Key read{key};
  if (EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) return fault("not an Ed25519 key");
  return read;
}

std::string Ed25519Key::to_pem() const {
  const Bio bio{BIO_new(BIO_s_mem())};
  crypto::require(bio != nullptr, "open a buffer");
  crypto::require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key_.get(), nullptr, nullptr, 0, nullptr,
                                                nullptr) == 1,
                  "write a key");
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(length)};
}

std::array<std::uint8_t, 32> Ed25519Key::public_bytes() const {
  std::array<std::uint8_t, 32> bytes{};
  std::size_t length = bytes.size();
  crypto::require(EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &length) == 1,
                  "read a public key");
  return bytes;
}

Ed25519Key::Signature Ed25519Key::sign(std::string_view message) const {
  const Digest digest{EVP_MD_CTX_new()};
  crypto::require(digest != nullptr, "make a context");
  crypto::require(EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key_.get()) == 1,
                  "begin to sign");
  Signature signature{};
  std::size_t length = signature.size();
  crypto::require(EVP_DigestSign(digest.get(), signature.data(), &length, bytes_of(message),
                                 message.size()) == 1,
                  "sign");
  return signature;
}

bool Ed25519Key::verifies(std::string_view message, std::string_view signature) const {
  if (signature.size() != Signature{}.size()) return false;
  const Digest digest{EVP_MD_CTX_new()};
  crypto::require(digest != nullptr, "make a context");
  crypto::require(EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key_.get()) == 1,
                  "begin to verify");
  const int verdict = EVP_DigestVerify(digest.get(), bytes_of(signature), signature.size(),
                                       bytes_of(message), message.size());
  if (verdict != 1) ERR_clear_error();
  return verdict == 1;
}

}  // namespace vigie::auth
