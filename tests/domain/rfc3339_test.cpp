#include "server/domain/rfc3339.hpp"

#include <gtest/gtest.h>

namespace vigie::domain {
namespace {

std::string in_utc(std::string_view text) {
  const auto time = parse_rfc3339(text);
  return time ? format_rfc3339(*time) : "refused";
}

TEST(Rfc3339, WritesTheFewestFractionalDigitsThatLoseNothing) {
  EXPECT_EQ(in_utc("2030-06-21T18:00:00Z"), "2030-06-21T18:00:00Z");
  EXPECT_EQ(in_utc("2030-06-21T18:00:00.5Z"), "2030-06-21T18:00:00.500Z");
  EXPECT_EQ(in_utc("2030-06-21T18:00:00.000010Z"), "2030-06-21T18:00:00.000010Z");
}

TEST(Rfc3339, CutsWhatIsBeyondMicroseconds) {
  EXPECT_EQ(in_utc("2030-06-21T18:00:00.123456789Z"), "2030-06-21T18:00:00.123456Z");
  EXPECT_EQ(in_utc("2030-06-21T18:00:00.0000001Z"), "2030-06-21T18:00:00Z");
}

TEST(Rfc3339, TurnsOffsetsIntoUtc) {
  // The examples of RFC 3339, section 5.8.
  EXPECT_EQ(in_utc("1996-12-19T16:39:57-08:00"), "1996-12-20T00:39:57Z");
  EXPECT_EQ(in_utc("1937-01-01T12:00:27.87+00:20"), "1937-01-01T11:40:27.870Z");
  EXPECT_EQ(in_utc("1985-04-12T23:20:50.52Z"), "1985-04-12T23:20:50.520Z");
  EXPECT_EQ(in_utc("2030-01-01t00:00:00z"), "2030-01-01T00:00:00Z");
  EXPECT_EQ(in_utc("2030-01-01T00:00:00-00:00"), "2030-01-01T00:00:00Z");
}

TEST(Rfc3339, KnowsLeapYearsAndTheEndsOfItsRange) {
  EXPECT_EQ(in_utc("2028-02-29T00:00:00Z"), "2028-02-29T00:00:00Z");
  EXPECT_EQ(in_utc("2027-02-29T00:00:00Z"), "refused");
  EXPECT_EQ(in_utc("0001-01-01T00:00:00Z"), "0001-01-01T00:00:00Z");
  EXPECT_EQ(in_utc("9999-12-31T23:59:59.999999Z"), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(in_utc("0001-01-01T00:00:00+00:01"), "refused");
  EXPECT_EQ(in_utc("9999-12-31T23:59:59-00:01"), "refused");
  EXPECT_EQ(in_utc("0000-01-01T00:00:00Z"), "refused");
}

TEST(Rfc3339, RefusesLeapSeconds) {
  EXPECT_EQ(in_utc("1990-12-31T23:59:60Z"), "refused");
  EXPECT_EQ(in_utc("1990-12-31T15:59:60-08:00"), "refused");
}

TEST(Rfc3339, RefusesEveryOtherForm) {
  for (const std::string_view text : {"",
                                      "2030",
                                      "2030-06-21",
                                      "2030-06-21T18:00:00",
                                      "2030-06-21 18:00:00Z",
                                      "2030-06-21T18:00Z",
                                      "2030-13-01T00:00:00Z",
                                      "2030-00-01T00:00:00Z",
                                      "2030-06-31T00:00:00Z",
                                      "2030-06-00T00:00:00Z",
                                      "2030-06-21T24:00:00Z",
                                      "2030-06-21T18:60:00Z",
                                      "2030-06-21T18:00:00.Z",
                                      "2030-06-21T18:00:00,5Z",
                                      "2030-06-21T18:00:00.1234567890Z",
                                      "2030-06-21T18:00:00+24:00",
                                      "2030-06-21T18:00:00+01:60",
                                      "2030-06-21T18:00:00+0100",
                                      "2030-06-21T18:00:00+01",
                                      "2030-06-21T18:00:00Z ",
                                      " 2030-06-21T18:00:00Z",
                                      "+2030-06-21T18:00:00Z",
                                      "20300621T180000Z",
                                      "2030-6-21T18:00:00Z",
                                      "-030-06-21T18:00:00Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

}  // namespace
}  // namespace vigie::domain
