#include "server/crypto/hmac.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/platform/core/hex.hpp"

namespace vigie::crypto {
namespace {

Hmac keyed(const std::string& key) {
  return Hmac{{reinterpret_cast<const std::uint8_t*>(key.data()), key.size()}};
}

TEST(Sha256, KnowsTheVectorOfTheStandard) {
  EXPECT_EQ(core::to_hex(sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hmac, KnowsTheVectorsOfRfc4231) {
  EXPECT_EQ(core::to_hex(keyed(std::string(20, '\x0b'))("Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(core::to_hex(keyed("Jefe")("what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(core::to_hex(keyed(std::string(20, '\xaa'))(std::string(50, '\xdd'))),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  EXPECT_EQ(core::to_hex(keyed(std::string(131, '\xaa'))(
                "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace vigie::crypto
