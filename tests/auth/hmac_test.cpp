#include "server/auth/hmac.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/auth/hmac_authenticator.hpp"

namespace vigie::auth {
namespace {

std::string hex(const Digest256& digest) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : digest) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 0xf]);
  }
  return text;
}

Hmac keyed(const std::string& key) {
  return Hmac{{reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}};
}

TEST(Sha256, KnowsTheVectorOfTheStandard) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hmac, KnowsTheVectorsOfRfc4231) {
  EXPECT_EQ(hex(keyed(std::string(20, '\x0b'))("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(keyed("Jefe")("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(keyed(std::string(20, '\xaa'))(std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(hex(keyed(std::string(131, '\xaa'))(
                "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Hmac, DerivesKeysAsRfc5869Does) {
  // Test case 1, and test case 3, which has neither salt nor info; the first block of each.
  std::string salt;
  std::string info;
  for (char c = 0; c <= 0x0c; ++c) salt.push_back(c);
  for (int c = 0xf0; c <= 0xf9; ++c) info.push_back(static_cast<char>(c));
  const std::string secret(22, '\x0b');
  const auto derived = [&](std::string_view salt_text, std::string_view info_text) {
    return hex(hkdf_expand(Hmac{hkdf_extract(salt_text, secret)}, info_text));
  };
  EXPECT_EQ(derived(salt, info),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(derived("", ""), "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(HmacAuthenticator, SeparatesPurposesAndSecrets) {
  HmacAuthenticator one(std::string(32, 'a'));
  HmacAuthenticator same(std::string(32, 'a'));
  HmacAuthenticator other(std::string(32, 'b'));
  EXPECT_EQ(one.mac("cursor", "message"), same.mac("cursor", "message"));
  EXPECT_NE(one.mac("cursor", "message"), one.mac("fingerprint", "message"));
  EXPECT_NE(one.mac("cursor", "message"), one.mac("cursor", "messagf"));
  EXPECT_NE(one.mac("cursor", "message"), other.mac("cursor", "message"));
}

TEST(HmacAuthenticator, RefusesAShortSecret) {
  EXPECT_THROW(HmacAuthenticator(std::string(31, 'a')), std::invalid_argument);
}

TEST(HmacAuthenticator, AgreesWithItselfOnManyThreads) {
  HmacAuthenticator shared(std::string(32, 'a'));
  HmacAuthenticator reference(std::string(32, 'a'));
  const Digest256 wanted = reference.mac("cursor", "message");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) EXPECT_EQ(shared.mac("cursor", "message"), wanted);
    });
  }
}

}  // namespace
}  // namespace vigie::auth
