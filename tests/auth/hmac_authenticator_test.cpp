#include "server/auth/hmac_authenticator.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/platform/core/hex.hpp"

namespace vigie::auth {
namespace {

TEST(HmacAuthenticator, DerivesKeysAsRfc5869Does) {
  // Test case 1, and test case 3, which has neither salt nor info; the first block of each.
  std::string salt;
  std::string info;
  for (char c = 0; c <= 0x0c; ++c) salt.push_back(c);
  for (int c = 0xf0; c <= 0xf9; ++c) info.push_back(static_cast<char>(c));
  const std::string secret(22, '\x0b');
  const auto derived = [&](std::string_view salt_text, std::string_view info_text) {
    return core::to_hex(hkdf_expand(crypto::Hmac{hkdf_extract(salt_text, secret)}, info_text));
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
  const core::Digest wanted = reference.mac("cursor", "message");
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 200; ++n) EXPECT_EQ(shared.mac("cursor", "message"), wanted);
    });
  }
}

}  // namespace
}  // namespace vigie::auth
