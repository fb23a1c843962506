#include <gtest/gtest.h>

#include <string>

#include "server/http/console/html.hpp"
#include "server/http/console/pages.hpp"
#include "server/http/console/traffic_history.hpp"
#include "server/http/media_type.hpp"
#include "tests/fakes/captured_telemetry.hpp"

namespace vigie::http::console {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;

TEST(Html, EscapesWhatIsNotOurs) {
  Html html;
  html.open("p", {{"class", "\"><script>"}}).text("<b>&'\"").close("p");
  EXPECT_EQ(html.str(), "<p class=\"&quot;&gt;&lt;script&gt;\">&lt;b&gt;&amp;&#39;&quot;</p>");
}

TEST(Html, ShowsWhatHides) {
  EXPECT_EQ(Html().text("a\x1b[31mb\x7f").str(), "a\xEF\xBF\xBD[31mb\xEF\xBF\xBD");
  EXPECT_EQ(Html().text("a\u202eb\u2066c\u200fd\u0085e").str(), "a\ufffdb\ufffdc\ufffdd\ufffde");
  EXPECT_EQ(Html().text("Zoë 東京 \u2013 a\tb\nc").str(), "Zoë 東京 \u2013 a\tb\nc");
}

TEST(Html, EncodesValuesOfQueries) {
  EXPECT_EQ(query_value("/api/v1/events/{id}"), "/api/v1/events/%7Bid%7D");
  EXPECT_EQ(query_value("a&b=\"é"), "a%26b%3D%22%C3%A9");
}

TEST(Pages, WriteNumbersAsPeopleReadThem) {
  EXPECT_EQ(number_text(Json(1204567)), "1,204,567");
  EXPECT_EQ(number_text(Json(0.25)), "0.25");
  EXPECT_EQ(number_text(Json(12.0)), "12");
  EXPECT_EQ(number_text(Json(999.6)), "1,000");
  EXPECT_EQ(number_text(Json()), "–");
  EXPECT_EQ(duration_text(Json(12.41)), "12.4 ms");
  EXPECT_EQ(duration_text(Json(1250)), "1.25 s");
  EXPECT_EQ(duration_text(Json()), "–");
}

TEST(PrefersHtml, IsForBrowsers) {
  EXPECT_TRUE(prefers_html("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
  EXPECT_TRUE(prefers_html("application/json, text/html"));
  EXPECT_TRUE(prefers_html("application/json;q=0.5, TEXT/HTML;level=1;q=0.7"));
  for (const char* accept : {"", "*/*", "text/*", "application/json", "text/html;q=0",
                             "text/html;q=0.2, application/json", "text/htmlx"}) {
    EXPECT_FALSE(prefers_html(accept)) << accept;
  }
}

class TrafficHistoryTest : public ::testing::Test {
 protected:
  void answer(int status, double seconds, int times = 1) {
    for (int i = 0; i < times; ++i) {
      requests_.duration(route_, Method::kGet, status, status >= 500 ? &failure_ : nullptr)
          .observe(seconds);
    }
  }

  const ProblemType& failure_ = problems::of(domain::Code::kInternal);
  Route route_{.operation = "list", .method = Method::kGet, .pattern = "/things"};
  const Route* routes_[1] = {&route_};
  fakes::CapturedTelemetry telemetry_;
  RequestMetrics requests_{telemetry_.metrics, routes_};
  TrafficHistory::Time begin_{1h};
};

TEST_F(TrafficHistoryTest, RatesAreOverTheWindowAlone) {
  answer(200, 0.01, 1000);  // before it began
  TrafficHistory history({&requests_}, begin_);
  answer(200, 0.01, 60);
  history.look(begin_ + 60s);
  const RouteTraffic total = history.total(begin_ + 60s);
  EXPECT_DOUBLE_EQ(total.requests_per_s, 1);
  EXPECT_DOUBLE_EQ(total.failed_per_s, 0);
  EXPECT_EQ(history.window(begin_ + 60s), 60s);
}

TEST_F(TrafficHistoryTest, TellsFailuresAndHowSlowTheSlowestAre) {
  TrafficHistory history({&requests_}, begin_);
  answer(200, 0.004, 98);
  answer(500, 2, 2);
  const auto routes = history.routes(begin_ + 100s);
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0].route, "/things");
  EXPECT_DOUBLE_EQ(routes[0].requests_per_s, 1);
  EXPECT_DOUBLE_EQ(routes[0].failed_per_s, 0.02);
  ASSERT_TRUE(routes[0].p99_s);
  EXPECT_GT(*routes[0].p99_s, 1);
  EXPECT_LE(*routes[0].p99_s, 2.5);
}

TEST_F(TrafficHistoryTest, ForgetsWhatIsLongAgo) {
  TrafficHistory history({&requests_}, begin_);
  answer(200, 0.01, 600);
  auto now = begin_;
  for (int i = 0; i < 200; ++i) history.look(now += TrafficHistory::kStep);
  EXPECT_TRUE(history.routes(now).empty());
  EXPECT_FALSE(history.total(now).p99_s);
  const auto points = history.points(now);
  EXPECT_LE(points.size(), 62U);
  EXPECT_GE(points.size(), 60U);
  EXPECT_DOUBLE_EQ(points.back().seconds_ago, 0);
}

TEST_F(TrafficHistoryTest, HasNothingToTellAtTheStart) {
  const TrafficHistory history({}, begin_);
  EXPECT_TRUE(history.routes(begin_).empty());
  EXPECT_TRUE(history.points(begin_).empty());
  EXPECT_FALSE(history.total(begin_).p99_s);
}

}  // namespace
}  // namespace vigie::http::console
