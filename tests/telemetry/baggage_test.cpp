#include "telemetry/baggage.hpp"

#include <gtest/gtest.h>

namespace vigie::telemetry {
namespace {

TEST(Baggage, IsReadMemberByMember) {
  const auto baggage = parse_baggage("userId=alice , region = eu-west;ttl=3; internal,a=");
  ASSERT_TRUE(baggage);
  EXPECT_EQ(
      *baggage,
      (Baggage{{"userId", "alice", ""}, {"region", "eu-west", "ttl=3; internal"}, {"a", "", ""}}));
}

TEST(Baggage, DecodesPercentSigns) {
  EXPECT_EQ(parse_baggage("a=%C3%A9t%c3%a9%20x")->at(0).value, "\xC3\xA9t\xC3\xA9 x");
  EXPECT_EQ(parse_baggage("a=100%,b=%4,c=%zz")->at(0).value, "100%");
  EXPECT_EQ(parse_baggage("a=%FF")->at(0).value, "\xEF\xBF\xBD") << "no UTF-8";
}

TEST(Baggage, IsWrittenBack) {
  const auto baggage = parse_baggage("a=1;p;q=2,b=%22quoted%22%2C%3B%5C%25,c==");
  ASSERT_TRUE(baggage);
  EXPECT_EQ(parse_baggage(format_baggage(*baggage)), baggage);
}

TEST(Baggage, MayBeEmpty) {
  EXPECT_EQ(parse_baggage(""), Baggage());
  EXPECT_EQ(parse_baggage(" , ,"), Baggage());
}

TEST(Baggage, IsRefusedAsAWholeWhenMalformed) {
  for (const char* text : {"a", "=1", "a b=1", "a=b c", "a=\"1\"", "a=1\\", "a=1;=2", "a=1;p q",
                           "a=1;p=\"", "\xC3\xA9=1", "a=\xC3\xA9", "a(=1", "x=1,a"}) {
    EXPECT_FALSE(parse_baggage(text)) << text;
  }
}

TEST(Baggage, HasLimits) {
  std::string many = "k0=1";
  for (int i = 1; i < 64; ++i) many += ",k" + std::to_string(i) + "=1";
  EXPECT_EQ(parse_baggage(many)->size(), kBaggageMembersMax);
  EXPECT_FALSE(parse_baggage(many + ",one=more"));
  EXPECT_TRUE(parse_baggage("a=" + std::string(kBaggageBytesMax - 2, 'x')));
  EXPECT_FALSE(parse_baggage("a=" + std::string(kBaggageBytesMax - 1, 'x')));
}

}  // namespace
}  // namespace vigie::telemetry
