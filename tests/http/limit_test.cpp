#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/http/api_under_test.hpp"

namespace vigie::http {
namespace {

const ApiOptions kTwoAtOnce{.requests_per_second = 1, .requests_burst = 2};
const std::string kAnything = "/api/v1/openapi.json";

TEST(RateLimit, SaysWhatIsLeftOnEveryAnswer) {
  ApiUnderTest api(kTwoAtOnce);
  const Reply reply = api.get(kAnything);
  EXPECT_EQ(reply.header("RateLimit-Policy"), R"("default";q=2;w=2)");
  EXPECT_EQ(reply.header("RateLimit"), R"("default";r=1;t=1)");
  EXPECT_EQ(api.get("/nowhere").header("RateLimit"), R"("default";r=0;t=2)");
}

TEST(RateLimit, RefusesAnAddressThatAsksTooOften) {
  ApiUnderTest api(kTwoAtOnce);
  (void)api.get(kAnything);
  (void)api.get(kAnything);
  const Reply refused = api.get(kAnything);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.at("/code"), "rate_limited");
  EXPECT_EQ(refused.header("Retry-After"), "1");
  EXPECT_EQ(refused.header("RateLimit"), R"("default";r=0;t=2)");
  EXPECT_EQ(api.telemetry.metric("vigie_rate_limited_total{scope=\"address\"}"), "1");
  EXPECT_EQ(api.telemetry.traces.spans().back().attributes.at("http.response.status_code"), "429");
}

/// The access lines of refused requests.
std::vector<std::string> refused_lines(ApiUnderTest& api) {
  std::vector<std::string> lines = api.telemetry.log_lines();
  std::erase_if(lines, [](const std::string& line) {
    return line.find("\"vigie.error.code\":\"rate_limited\"") == line.npos;
  });
  return lines;
}

TEST(RateLimit, TellsOfRefusalsOnceASecondInOneLine) {
  ApiUnderTest api(kTwoAtOnce);
  for (int i = 0; i < 12; ++i) (void)api.get(kAnything);
  const auto first = refused_lines(api);
  ASSERT_EQ(first.size(), 1U);
  EXPECT_NE(first[0].find("\"event\":\"http.request\""), std::string::npos) << first[0];
  EXPECT_NE(first[0].find("\"vigie.rate_limit.scope\":\"address\""), std::string::npos) << first[0];
  EXPECT_EQ(first[0].find("vigie.suppressed"), std::string::npos) << first[0];
  EXPECT_EQ(api.telemetry.metric("vigie_http_refusals_suppressed_total"), "9");
  EXPECT_EQ(api.telemetry.tracer.decisions(false, telemetry::DecisionReason::kRepeated), 9);

  for (int i = 0; i < 3; ++i) (void)api.send({.target = kAnything, .at_s = 1});
  const auto both = refused_lines(api);
  ASSERT_EQ(both.size(), 2U);
  EXPECT_NE(both[1].find("\"vigie.suppressed\":9"), std::string::npos) << both[1];
}

TEST(Refusals, BeforeAHandlerAreToldOfOnceASecondAndItsAnswersAlways) {
  ApiUnderTest api;
  for (int i = 0; i < 3; ++i) (void)api.get("/nowhere");
  for (int i = 0; i < 3; ++i) {
    (void)api.get("/api/v1/events/00000000-0000-7000-8000-00000000000" + std::to_string(i));
  }
  int nowhere = 0;
  int missing = 0;
  for (const std::string& line : api.telemetry.log_lines()) {
    if (line.find("\"http.response.status_code\":404") == line.npos) continue;
    const bool is_of_event = line.find("/api/v1/events/{") != line.npos;
    (is_of_event ? missing : nowhere) += 1;
  }
  EXPECT_EQ(nowhere, 1);
  EXPECT_EQ(missing, 3);
}

TEST(RateLimit, RefillsWithTime) {
  ApiUnderTest api(kTwoAtOnce);
  for (int i = 0; i < 3; ++i) (void)api.get(kAnything);
  EXPECT_EQ(api.send({.target = kAnything, .at_s = 1}).status, 200);
  EXPECT_EQ(api.send({.target = kAnything, .at_s = 1}).status, 429);
}

/// Asks for an account, as the caller of that token, from an address.
int status_of(ApiUnderTest& api, const std::pair<std::string, std::string>& caller,
              const std::string& address) {
  const Call call{.target = "/api/v1/accounts/me", .headers = {caller}, .address = address};
  return api.send(call).status;
}

TEST(RateLimit, CountsAnAccountAtAllItsAddresses) {
  ApiUnderTest api(kTwoAtOnce);
  const auto caller = api.sign_in(domain::Role::kUser);
  EXPECT_EQ(status_of(api, caller, "192.0.2.1"), 200);
  EXPECT_EQ(status_of(api, caller, "192.0.2.2"), 200);
  EXPECT_EQ(status_of(api, caller, "192.0.2.3"), 429);
  EXPECT_EQ(status_of(api, api.sign_in(domain::Role::kUser), "192.0.2.3"), 200);
  EXPECT_EQ(api.telemetry.metric("vigie_rate_limited_total{scope=\"account\"}"), "1");
}

TEST(RateLimit, IsNotMultipliedByAccounts) {
  ApiUnderTest api(kTwoAtOnce);
  int served = 0;
  for (int account = 0; account < 6; ++account) {
    const auto caller = api.sign_in(domain::Role::kUser);
    served += status_of(api, caller, "192.0.2.1") == 200 ? 1 : 0;
  }
  EXPECT_EQ(served, 2);
  EXPECT_EQ(api.telemetry.metric("vigie_rate_limited_total{scope=\"address\"}"), "4");
}

TEST(RateLimit, OfAnAddressMayBeAnOffices) {
  ApiOptions options = kTwoAtOnce;
  options.requests_per_address_per_second = 1;
  options.requests_per_address_burst = 5;
  ApiUnderTest api(options);
  const auto caller = api.sign_in(domain::Role::kUser);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(status_of(api, caller, "192.0.2.1"), 200);
  EXPECT_EQ(status_of(api, caller, "192.0.2.1"), 429);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(api.get(kAnything).status, 200);
  EXPECT_EQ(api.get(kAnything).status, 429);
}

TEST(RateLimit, DoesNotCoverProbes) {
  ApiUnderTest api(kTwoAtOnce);
  for (int i = 0; i < 3; ++i) (void)api.get(kAnything);
  EXPECT_EQ(api.get(kAnything).status, 429);
  EXPECT_EQ(api.get("/livez").status, 200);
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
  const Reply reply = api.get(kAnything);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("RateLimit"), "");
}

/// Asks as `address`, with what it says of others.
Reply ask(ApiUnderTest& api, const std::string& address, const std::string& forwarded_for) {
  return api.send(
      {.target = kAnything, .headers = {{"X-Forwarded-For", forwarded_for}}, .address = address});
}

TEST(RateLimit, IsNotEscapedWithAHeader) {
  ApiUnderTest api(kTwoAtOnce);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ask(api, "192.0.2.1", "198.51.100." + std::to_string(i)).status, 200);
  }
  EXPECT_EQ(ask(api, "192.0.2.1", "198.51.100.9").status, 429);
  EXPECT_EQ(api.telemetry.traces.spans().back().attributes.at("client.address"), "192.0.2.1");
}

TEST(RateLimit, CountsTheClientsOfATrustedProxy) {
  std::vector<std::string> faults;
  ApiOptions options = kTwoAtOnce;
  options.trusted_proxies = TrustedProxies::parse("192.0.2.0/24", faults);
  ApiUnderTest api(options);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ask(api, "192.0.2.1", std::to_string(i) + ".0.0.1, 198.51.100.7").status, 200);
  }
  EXPECT_EQ(ask(api, "192.0.2.2", "198.51.100.7").status, 429);
  EXPECT_EQ(api.telemetry.traces.spans().back().attributes.at("client.address"), "198.51.100.7");
  EXPECT_EQ(ask(api, "192.0.2.1", "198.51.100.8").status, 200);
}

Reply attempt_to_sign_in(ApiUnderTest& api, const std::string& email, const std::string& address,
                         const std::string& forwarded_for = "") {
  Headers headers{{"Content-Type", "application/json"}};
  if (!forwarded_for.empty()) headers.emplace_back("X-Forwarded-For", forwarded_for);
  return api.send({.method = "POST",
                   .target = "/api/v1/auth/login",
                   .headers = headers,
                   .body = R"({"email":")" + email + R"(","password":"guess"})",
                   .address = address});
}

TEST(SignInLimit, CountsByAddressOverAllAccountsBeforeAnyHashing) {
  ApiUnderTest api({.sign_ins_per_address_per_minute = 3});
  for (const char* email : {"a@example.org", "b@example.org", "c@example.org"}) {
    EXPECT_EQ(attempt_to_sign_in(api, email, "192.0.2.1").status, 401);
  }
  const int hash_count = api.hasher.verified();
  const Reply refused = attempt_to_sign_in(api, "d@example.org", "192.0.2.1", "198.51.100.1");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.header("Retry-After"), "20");
  EXPECT_EQ(api.hasher.verified(), hash_count);
  EXPECT_EQ(attempt_to_sign_in(api, "d@example.org", "192.0.2.2").status, 401);
  EXPECT_EQ(api.telemetry.metric("vigie_rate_limited_total{scope=\"login\"}"), "1");
}

TEST(SignInLimit, CountsTheClientsOfATrustedProxy) {
  std::vector<std::string> faults;
  ApiUnderTest api({.sign_ins_per_address_per_minute = 1,
                    .trusted_proxies = TrustedProxies::parse("192.0.2.1", faults)});
  EXPECT_EQ(attempt_to_sign_in(api, "a@example.org", "192.0.2.1", "198.51.100.1").status, 401);
  EXPECT_EQ(attempt_to_sign_in(api, "b@example.org", "192.0.2.1", "198.51.100.1").status, 429);
  EXPECT_EQ(attempt_to_sign_in(api, "b@example.org", "192.0.2.1", "198.51.100.2").status, 401);
}

TEST(SignInLimit, CountsByAccountAndAddress) {
  ApiUnderTest api({.sign_ins_per_minute = 2});
  const auto attempt = [&](const std::string& email, const std::string& address) {
    return attempt_to_sign_in(api, email, address);
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
