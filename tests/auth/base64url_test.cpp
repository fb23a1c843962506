#include "server/auth/base64url.hpp"

#include <gtest/gtest.h>

namespace vigie::auth {
namespace {

TEST(Base64Url, KnowsTheVectorsOfTheSpecification) {
  // RFC 4648, section 10, without padding.
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xff\xef\xbe", "_---"}};
  for (const auto& [bytes, text] : vectors) {
    EXPECT_EQ(base64url(bytes), text);
    EXPECT_EQ(base64url_decoded(text), bytes);
  }
}

TEST(Base64Url, RefusesASecondSpelling) {
  for (const std::string_view text : {"Zg==", "Zh", "Zm9", "Z", "Zm9vY", "Zm9v\n", "Zm 9v", "Zm+v",
                                      "Zm/v", "Zm9v=", "\xc3\xa9"}) {
    EXPECT_FALSE(base64url_decoded(text)) << text;
  }
}

}  // namespace
}  // namespace vigie::auth
