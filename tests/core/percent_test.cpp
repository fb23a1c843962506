#include "server/platform/core/percent.hpp"

#include <gtest/gtest.h>

namespace vigie::core {
namespace {

TEST(Percent, DecodesOnce) {
  EXPECT_EQ(percent_decoded("a%2Fb%2525"), "a/b%25");
  EXPECT_EQ(percent_decoded("%e2%82%ac+"), "\xe2\x82\xac+");
}

TEST(Percent, RefusesInvalidEscapes) {
  for (const char* text : {"%", "%2", "a%zz", "%2g", "%00"}) {
    EXPECT_FALSE(has_valid_escapes(text)) << text;
    EXPECT_FALSE(percent_decoded(text)) << text;
  }
  EXPECT_TRUE(has_valid_escapes("a%2Fb%41"));
}

// RFC 3986, 2.3 and 2.5: the unreserved characters stay, the others are bytes of UTF-8 in upper
// case.
TEST(Percent, EncodesAllButTheUnreservedAndTheKept) {
  EXPECT_EQ(percent_encoded("AZaz09-._~"), "AZaz09-._~");
  EXPECT_EQ(percent_encoded("À"), "%C3%80");
  EXPECT_EQ(percent_encoded("ア"), "%E3%82%A2");
  EXPECT_EQ(percent_encoded("a/b c+%"), "a%2Fb%20c%2B%25");
  EXPECT_EQ(percent_encoded("a/b?", "/"), "a/b%3F");
}

}  // namespace
}  // namespace vigie::core
