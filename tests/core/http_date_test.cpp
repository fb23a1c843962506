#include "server/platform/core/http_date.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

namespace vigie::core {
namespace {

using std::chrono::seconds, std::chrono::sys_days, std::chrono::year;

// The instant of RFC 9110, 5.6.7.
constexpr HttpTime kInstant = sys_days{year{1994} / 11 / 6} + seconds(31'777);
constexpr HttpTime kNow = sys_days{year{2026} / 11 / 30};

TEST(HttpDate, IsWritten) {
  EXPECT_EQ(http_date(kInstant), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(kInstant + std::chrono::milliseconds(900)), "Sun, 06 Nov 1994 08:49:37 GMT");
}

// RFC 9110, 5.6.7: one instant in its three forms, of which a recipient must take all.
TEST(HttpDate, IsReadInAllThreeForms) {
  for (const std::string_view text :
       {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994"}) {
    EXPECT_EQ(parse_http_date(text, kNow), kInstant) << text;
  }
  EXPECT_EQ(parse_http_date("Sun Nov 16 08:49:37 2003", kNow),
            sys_days{year{2003} / 11 / 16} + seconds(31'777));
  EXPECT_EQ(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", kNow), sys_days{year{2017} / 1 / 1});
}

TEST(HttpDate, HasTwoDigitsOfAYearAtMostFiftyYearsAhead) {
  const auto year_of = [](std::string_view text, HttpTime now = kNow) {
    const auto time = parse_http_date(text, now);
    EXPECT_TRUE(time) << text;
    const std::chrono::year_month_day date{
        std::chrono::floor<std::chrono::days>(time.value_or(HttpTime{}))};
    return static_cast<int>(date.year());
  };
  EXPECT_EQ(year_of("Monday, 30-Nov-76 00:00:00 GMT"), 2076);
  EXPECT_EQ(year_of("Monday, 30-Nov-76 00:00:01 GMT"), 1976);
  EXPECT_EQ(year_of("Friday, 01-Jan-77 00:00:00 GMT"), 1977);
  EXPECT_EQ(year_of("Saturday, 01-Jan-00 00:00:00 GMT"), 2000);
  EXPECT_EQ(year_of("Friday, 31-Dec-99 23:59:59 GMT"), 1999);
  EXPECT_EQ(year_of("Friday, 31-Dec-99 23:59:59 GMT", sys_days{year{2060} / 1 / 1}), 2099);
  EXPECT_EQ(year_of("Friday, 01-Jan-10 00:00:00 GMT", sys_days{year{2060} / 1 / 1}), 2110);
  EXPECT_EQ(year_of("Tuesday, 29-Feb-72 00:00:00 GMT"), 2072);
}

TEST(HttpDate, IsNothingElse) {
  for (const std::string_view text :
       {"", "Mon, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:-7 GMT", "Sun, 06 Nov 1994 08:49:61 GMT",
        "sun, 06 nov 1994 08:49:37 gmt", "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994     ", "Sun Nov 6 08:49:37 1994", "Mon Nov  6 08:49:37 1994",
        "Sun, 06-Nov-94 08:49:37 GMT", "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT", "Sunday, 31-Feb-94 08:49:37 GMT", "1994-11-06",
        "784111777", "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT"}) {
    EXPECT_FALSE(parse_http_date(text, kNow)) << text;
  }
}

}  // namespace
}  // namespace vigie::core
