#include "server/http/operator_access.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace vigie::http {
namespace {

constexpr Route kReadyz{.operation = "showReadiness", .method = Method::kGet, .pattern = "/readyz"};
constexpr Route kMetrics{.operation = "showMetrics", .method = Method::kGet, .pattern = "/metrics"};
constexpr Route kLevel{
    .operation = "changeLogLevel", .method = Method::kPut, .pattern = "/admin/log-level"};

struct Asked {
  Method method = Method::kGet;
  const Route* route = &kMetrics;
  std::vector<HeaderView> headers{};
  std::string_view target = "/metrics";
};

/// The code of the refusal; empty without one.
std::string_view refusal(const OperatorAccess& access, const Asked& asked) {
  Request request;
  request.method = asked.method;
  request.target = asked.target;
  for (const HeaderView& field : asked.headers) request.headers.add(field);
  Exchange exchange(request, "127.0.0.1");
  exchange.match.route = asked.route;
  const auto problem = refusal_of_operator(access, exchange);
  return problem ? problem->type->code : "";
}

const OperatorAccess kLoopback{};
const OperatorAccess kFar{.hosts = {"vigie-1", "vigie.example:9464", "[fd00::1]"},
                          .token = "0123456789abcdef",
                          .is_beyond_loopback = true};

TEST(OperatorAccess, AnswersToItsOwnNamesAlone) {
  for (const char* host : {"localhost", "LOCALHOST:1", "127.0.0.1:9464", "[::1]", "[::1]:9464"}) {
    EXPECT_EQ(refusal(kLoopback, {.headers = {{"Host", host}}}), "") << host;
  }
  for (const char* host : {"", "evil", "localhost.", "127.0.0.1.evil", "[::1].evil", "[::2]",
                           "127.0.0.2", "vigie-1"}) {
    EXPECT_EQ(refusal(kLoopback, {.headers = {{"Host", host}}}), "misdirected_request") << host;
  }
  EXPECT_EQ(refusal(kLoopback, {.headers = {{"Host", "localhost"}, {"Host", "localhost"}}}),
            "misdirected_request");
  EXPECT_EQ(refusal(kLoopback, {.headers = {{"Host", "localhost"}}, .target = "http://evil/a"}),
            "misdirected_request");
}

TEST(OperatorAccess, LetsProbesAskByNumberWhereOthersReachIt) {
  for (const char* host : {"10.1.2.3:9464", "[fd00::7]", ""}) {
    EXPECT_EQ(refusal(kFar, {.route = &kReadyz, .headers = {{"Host", host}}}), "") << host;
    EXPECT_EQ(refusal(kFar, {.headers = {{"Host", host}}}), "misdirected_request") << host;
  }
  EXPECT_EQ(refusal(kLoopback, {.route = &kReadyz}), "");
  EXPECT_EQ(refusal(kLoopback, {.route = &kReadyz, .headers = {{"Host", "10.1.2.3"}}}),
            "misdirected_request");
  EXPECT_EQ(refusal(kFar, {.route = &kReadyz, .headers = {{"Host", "10.evil"}}}),
            "misdirected_request");
}

TEST(OperatorAccess, AsksForTheTokenBeyondLoopback) {
  const auto with = [](const char* given) {
    return refusal(kFar, {.headers = {{"Host", "vigie-1:80"}, {"Authorization", given}}});
  };
  EXPECT_EQ(refusal(kFar, {.headers = {{"Host", "vigie-1"}}}), "not_authenticated");
  EXPECT_EQ(with("Bearer 0123456789abcdef"), "");
  EXPECT_EQ(with("Basic bWU6MDEyMzQ1Njc4OWFiY2RlZg=="), "");
  for (const char* given : {"Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Bearer ",
                            "Bearer 0123456789abcdef0123456789abcdef", "0123456789abcdef",
                            "Basic MDEyMzQ1Njc4OWFiY2RlZg==", "Basic ?"}) {
    EXPECT_EQ(with(given), "invalid_token") << given;
  }
  EXPECT_EQ(refusal(kFar, {.route = &kReadyz, .headers = {{"Host", "vigie-1"}}}), "");
}

TEST(OperatorAccess, RefusesThePagesOfOthers) {
  const auto with = [](std::vector<HeaderView> fields) {
    fields.push_back({"Host", "localhost:9464"});
    return refusal(kLoopback, {.headers = std::move(fields)});
  };
  EXPECT_EQ(with({{"Origin", "http://localhost:9464"}, {"Sec-Fetch-Site", "same-origin"}}), "");
  EXPECT_EQ(with({{"Origin", "https://LOCALHOST:9464"}}), "");
  EXPECT_EQ(with({{"Sec-Fetch-Site", "none"}}), "");
  for (const char* origin : {"http://localhost", "http://localhost:9464.evil", "null", "",
                             "http://", "http://evil@localhost:9464", "file://localhost:9464"}) {
    EXPECT_EQ(with({{"Origin", origin}}), "foreign_page") << origin;
  }
  EXPECT_EQ(with({{"Sec-Fetch-Site", "same-site"}}), "foreign_page");
}

TEST(OperatorAccess, TakesChangesAsJsonAlone) {
  const auto put = [](std::vector<HeaderView> fields) {
    fields.push_back({"Host", "localhost"});
    return refusal(kLoopback,
                   {.method = Method::kPut, .route = &kLevel, .headers = std::move(fields)});
  };
  EXPECT_EQ(put({{"Content-Type", "application/json"}}), "");
  EXPECT_EQ(put({{"Content-Type", "Application/JSON; charset=utf-8"}}), "");
  EXPECT_EQ(put({}), "unsupported_media_type");
  EXPECT_EQ(put({{"Content-Type", "text/plain"}}), "unsupported_media_type");
  EXPECT_EQ(put({{"Content-Type", "application/json"}, {"Content-Type", "text/plain"}}),
            "unsupported_media_type");
}

}  // namespace
}  // namespace vigie::http
