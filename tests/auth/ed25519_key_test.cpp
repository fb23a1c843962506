#include "server/auth/ed25519_key.hpp"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "server/platform/core/base64.hpp"

namespace vigie::auth {
namespace {

/// The PKCS#8 form (RFC 8410) of a private key given as 32 bytes in base64url.
std::string pem_of(std::string_view seed) {
  const std::string prefix("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
  std::string text = core::base64url(prefix + core::base64url_decoded(seed).value());
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  return "-----BEGIN PRIVATE KEY-----\n" + text + "\n-----END PRIVATE KEY-----\n";
}

/// A key of another kind, or an Ed25519 key under a passphrase.
std::string foreign_pem(EVP_PKEY* key, const EVP_CIPHER* cipher) {
  BIO* const bio = BIO_new(BIO_s_mem());
  char passphrase[] = "secret";
  PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, passphrase, 6, nullptr, nullptr);
  char* text = nullptr;
  const long length = BIO_get_mem_data(bio, &text);
  std::string pem(text, static_cast<std::size_t>(length));
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

TEST(Ed25519Key, KnowsTheExampleOfRfc8037) {
  // Appendix A: the key, the signing input and the signature of its JWS.
  const auto key = Ed25519Key::from_pem(pem_of("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"));
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(core::base64url(key->public_bytes()), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  const std::string_view input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
  const std::string_view signature =
      "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
  EXPECT_EQ(core::base64url(key->sign(input)), signature);
  EXPECT_TRUE(key->verifies(input, core::base64url_decoded(signature).value()));
}

TEST(Ed25519Key, RefusesWhatAnotherKeyOrNobodySigned) {
  const Ed25519Key key = Ed25519Key::generate();
  const auto bytes = key.sign("message");
  std::string signature(bytes.begin(), bytes.end());
  EXPECT_TRUE(key.verifies("message", signature));
  EXPECT_FALSE(Ed25519Key::generate().verifies("message", signature));
  EXPECT_FALSE(key.verifies("messagf", signature));
  EXPECT_FALSE(key.verifies("message", ""));
  EXPECT_FALSE(key.verifies("message", signature + '\0'));
  EXPECT_FALSE(key.verifies("message", std::string(64, '\0')));
  for (char& byte : signature) {
    byte = static_cast<char>(byte ^ 1);
    EXPECT_FALSE(key.verifies("message", signature));
    byte = static_cast<char>(byte ^ 1);
  }
}

TEST(Ed25519Key, IsTheSameAfterAWayThroughPem) {
  const Ed25519Key key = Ed25519Key::generate();
  EXPECT_EQ(Ed25519Key::from_pem(key.to_pem())->public_bytes(), key.public_bytes());
}

TEST(Ed25519Key, RefusesOtherKeysAndGarbage) {
  const auto detail = [](std::string_view pem) {
    const auto key = Ed25519Key::from_pem(pem);
    return key ? "accepted" : key.error().detail;
  };
  const std::string_view unreadable = "not a private key in PEM without a passphrase";
  EXPECT_EQ(detail(foreign_pem(EVP_EC_gen("P-256"), nullptr)), "not an Ed25519 key");
  EXPECT_EQ(detail(foreign_pem(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_aes_256_cbc())),
            unreadable);
  EXPECT_EQ(detail(""), unreadable);
  EXPECT_EQ(detail("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"), unreadable);
}

}  // namespace
}  // namespace vigie::auth
