#include "server/platform/core/base64.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::core {
namespace {

struct Vector {
  std::string_view bytes;
  std::string_view base64;
  std::string_view base64url;
};

// RFC 4648, section 10, and the two digits in which the alphabets differ.
constexpr Vector kVectors[] = {
    {"", "", ""},
    {"f", "Zg==", "Zg"},
    {"fo", "Zm8=", "Zm8"},
    {"foo", "Zm9v", "Zm9v"},
    {"foob", "Zm9vYg==", "Zm9vYg"},
    {"fooba", "Zm9vYmE=", "Zm9vYmE"},
    {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
    {"\xff\xef\xbe", "/+++", "_---"},
};

TEST(Base64, KnowsTheVectorsOfTheSpecification) {
  for (const Vector& vector : kVectors) {
    EXPECT_EQ(base64(vector.bytes), vector.base64);
    EXPECT_EQ(base64_decoded(vector.base64), vector.bytes);
    const std::string_view bare = vector.base64.substr(0, vector.base64.find('='));
    EXPECT_EQ(base64_decoded(bare), vector.bytes) << bare;
    EXPECT_EQ(base64url(vector.bytes), vector.base64url);
    EXPECT_EQ(base64url_decoded(vector.base64url), vector.bytes);
  }
}

TEST(Base64, RefusesWhatIsNone) {
  for (const std::string_view text :
       {"Zg=", "Zg===", "Zm8==", "-_-_", "Zm9v====", "=", "====", "Z", "Zm9vY",
        "Zh==", "Z!==", "Zm9v\n", "Zm 9v", "Zg==Zg==", "\xc3\xa9"}) {
    EXPECT_FALSE(base64_decoded(text)) << text;
  }
}

TEST(Base64Url, RefusesASecondSpelling) {
  for (const std::string_view text : {"Zg==", "Zh", "Zm9", "Z", "Zm9vY", "Zm9v\n", "Zm 9v", "Zm+v",
                                      "Zm/v", "Zm9v=", "\xc3\xa9"}) {
    EXPECT_FALSE(base64url_decoded(text)) << text;
  }
}

TEST(Base64, ReadsBackBytesOfEveryLength) {
  std::vector<std::uint8_t> bytes;
  for (int size = 0; size < 70; ++size) {
    const std::string text(bytes.begin(), bytes.end());
    EXPECT_EQ(base64_decoded(base64(bytes)), text);
    EXPECT_EQ(base64url_decoded(base64url(bytes)), text);
    bytes.push_back(static_cast<std::uint8_t>(size * 37 + 251));
  }
}

}  // namespace
}  // namespace vigie::core
