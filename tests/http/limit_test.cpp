#include <gtest/gtest.h>

#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

constexpr ApiOptions kTwoAtOnce{.requests_per_second = 1, .requests_burst = 2};

TEST(RateLimit, SaysWhatIsLeftOnEveryAnswer) {
  ApiUnderTest api(kTwoAtOnce);
  const Reply reply = api.get("/livez");
  EXPECT_EQ(reply.header("RateLimit-Policy"), R"("default";q=2;w=2)");
  EXPECT_EQ(reply.header("RateLimit"), R"("default";r=1;t=1)");
  EXPECT_EQ(api.get("/nowhere").header("RateLimit"), R"("default";r=0;t=2)");
}

TEST(RateLimit, RefusesAnAddressThatAsksTooOften) {
  ApiUnderTest api(kTwoAtOnce);
  (void)api.get("/livez");
  (void)api.get("/livez");
  const Reply refused = api.get("/livez");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.at("/code"), "rate_limited");
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(refused.header("RateLimit"), R"("default";r=0;t=2)");
  EXPECT_EQ(api.telemetry.metric("vigie_rate_limited_total{scope=\"address\"}"), "1");
  EXPECT_EQ(api.telemetry.traces.spans().back().attributes.at("http.response.status_code"), "429");
}

TEST(RateLimit, RefillsWithTime) {
  ApiUnderTest api(kTwoAtOnce);
  for (int i = 0; i < 3; ++i) (void)api.get("/livez");
  EXPECT_EQ(api.send({.target = "/livez", .at_s = 1}).status, 200);
  EXPECT_EQ(api.send({.target = "/livez", .at_s = 1}).status, 429);
}

TEST(RateLimit, KeepsAccountsAndAddressesApart) {
  ApiUnderTest api(kTwoAtOnce);
  const auto caller = api.sign_in(domain::Role::kUser);
  for (int i = 0; i < 3; ++i) (void)api.get("/api/v1/accounts/me", {caller});
  const Reply account = api.get("/api/v1/accounts/me", {caller});
  EXPECT_EQ(account.status, 429);
  EXPECT_EQ(api.get("/api/v1/events").status, 200);
  EXPECT_EQ(api.get("/api/v1/accounts/me", {api.sign_in(domain::Role::kUser)}).status, 200);
  EXPECT_EQ(api.telemetry.metric("vigie_rate_limited_total{scope=\"account\"}"), "2");
}

TEST(RateLimit, CountsBadTokensForTheirAddress) {
  ApiUnderTest api(kTwoAtOnce);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(api.get("/api/v1/events", {{"Authorization", "Bearer " + std::to_string(i)}}).status,
              401);
  }
  EXPECT_EQ(api.get("/api/v1/events", {{"Authorization", "Bearer x"}}).status, 429);
}

TEST(RateLimit, DoesNotCoverWhatNetRefused) {
  ApiUnderTest api(kTwoAtOnce);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(api.refuse(Refusal::kMalformed).status, 400);
}

TEST(RateLimit, ZeroMeansNone) {
  ApiUnderTest api({.requests_per_second = 0});
  const Reply reply = api.get("/livez");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("RateLimit"), "");
}

TEST(SignInLimit, CountsByAccountAndAddress) {
  ApiUnderTest api({.sign_ins_per_minute = 2});
  const auto attempt = [&](const std::string& email, const std::string& address) {
    return api.send({.method = "POST",
                     .target = "/api/v1/auth/login",
                     .headers = {{"Content-Type", "application/json"}},
                     .body = R"({"email":")" + email + R"(","password":"guess"})",
                     .address = address});
  };
  EXPECT_EQ(attempt("a@example.org", "192.0.2.1").status, 401);
  EXPECT_EQ(attempt("A@Example.org", "192.0.2.1").status, 401);
  const Reply refused = attempt("a@example.org", "192.0.2.1");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "30");
  EXPECT_EQ(attempt("b@example.org", "192.0.2.1").status, 401);
  EXPECT_EQ(attempt("a@example.org", "192.0.2.2").status, 401);
  EXPECT_EQ(api.telemetry.metric("vigie_rate_limited_total{scope=\"login\"}"), "1");
}

}  // namespace
}  // namespace vigie::http
