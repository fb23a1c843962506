#include <gtest/gtest.h>

#include <algorithm>

#include "tests/http/api_under_test.hpp"
#include "tests/http/observations.hpp"

namespace vigie::http {
namespace {

using domain::Code;
using domain::Role;

TEST(Pipeline, AnswersWithTheIdsOfTheRequest) {
  ApiUnderTest api;
  const Reply reply = api.get(
      "/livez", {{"X-Correlation-ID", "checkout-4711"},
                 {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.header("X-Correlation-ID"), "checkout-4711");
  EXPECT_TRUE(contains(reply.header("traceparent"), "4bf92f3577b34da6a3ce929d0e0e4736"));
  const auto span = api.telemetry.traces.span("GET /livez");
  EXPECT_EQ(span.parent_span_id, "00f067aa0ba902b7");
  EXPECT_EQ(span.attributes.at("vigie.correlation_id"), "checkout-4711");
}

TEST(Pipeline, CountsMalformedContextAndNeverLogsIt) {
  ApiUnderTest api;
  const auto malformed = [&](const std::string& header) {
    return api.telemetry.metric("vigie_context_malformed_total{header=\"" + header + "\"}");
  };
  const std::pair parent{"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
  (void)api.get("/api/v1/nothing", {{"traceparent", "00-canary"}, {"tracestate", "canary"}});
  (void)api.get("/api/v1/nothing", {parent, parent});
  (void)api.get("/api/v1/nothing", {parent, {"tracestate", "a=1"}, {"tracestate", "CANARY"}});
  (void)api.get("/api/v1/nothing", {parent, {"tracestate", ""}, {"baggage", "canary"}});
  (void)api.get("/api/v1/nothing", {parent, {"tracestate", "a=1"}, {"baggage", "mail=canary"}});
  EXPECT_EQ(malformed("traceparent"), "2");
  EXPECT_EQ(malformed("tracestate"), "1");
  EXPECT_EQ(malformed("baggage"), "1");
  for (const std::string& line : api.telemetry.log_lines()) {
    EXPECT_FALSE(contains(line, "canary")) << line;
  }
}

TEST(Pipeline, MakesACorrelationIdWhereTheGivenOneIsUnfit) {
  ApiUnderTest api;
  for (const char* id : {"", "a b", "x\"y", "\xc3\xa9"}) {
    const Reply reply = api.get("/livez", {{"X-Correlation-ID", id}});
    EXPECT_EQ(reply.header("X-Correlation-ID").size(), 32U) << id;
  }
  EXPECT_EQ(api.get("/livez", {{"X-Correlation-ID", std::string(129, 'a')}})
                .header("X-Correlation-ID")
                .size(),
            32U);
}

TEST(Pipeline, RecordsSpanMetricAndLogLineOfAnAnswer) {
  ApiUnderTest api;
  const auto caller = api.sign_in(Role::kOrganiser);
  const Reply reply =
      api.post("/api/v1/events", event_content(), {caller, {"User-Agent", "probe"}});
  ASSERT_EQ(reply.status, 201);
  const auto span = api.telemetry.traces.span("POST /api/v1/events");
  EXPECT_EQ(span.kind, telemetry::SpanKind::kServer);
  EXPECT_FALSE(span.is_error);
  EXPECT_EQ(span.attributes.at("http.route"), "/api/v1/events");
  EXPECT_EQ(span.attributes.at("http.response.status_code"), "201");
  EXPECT_EQ(span.attributes.at("client.address"), "192.0.2.1");
  EXPECT_EQ(span.attributes.at("user_agent.name"), "other");
  EXPECT_EQ(span.attributes.at("user.id"), reply.at("/owner_id"));
  EXPECT_EQ(api.telemetry.metric(request_count("POST", "/api/v1/events", 201)), "1");
  const auto lines = api.telemetry.log_lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_TRUE(contains(lines[0], R"("http.request")"));
  EXPECT_TRUE(contains(lines[0], span.trace_id));
  EXPECT_TRUE(contains(lines[0], reply.header("X-Correlation-ID")));
}

std::string keep_reason(const ApiUnderTest& api) {
  const auto spans = api.telemetry.traces.spans();
  return spans.empty() ? "" : spans.back().attributes.at("vigie.trace.keep_reason");
}

TEST(Pipeline, KeepsTracesOfDebugRequestsOfAdministratorsOnly) {
  ApiUnderTest api;
  api.telemetry.tracer.sampler().set_ratio(0);
  for (const Role role : {Role::kUser, Role::kOrganiser}) {
    (void)api.get("/api/v1/events", {api.sign_in(role), {"X-Vigie-Debug", "1"}});
  }
  (void)api.get("/api/v1/events", {{"X-Vigie-Debug", "1"}});
  const auto administrator = api.sign_in(Role::kAdministrator);
  (void)api.get("/api/v1/events", {administrator});
  (void)api.get("/api/v1/events", {administrator, {"X-Vigie-Debug", "0"}});
  EXPECT_TRUE(api.telemetry.traces.spans().empty());
  (void)api.get("/api/v1/events", {administrator, {"X-Vigie-Debug", "1"}});
  EXPECT_EQ(keep_reason(api), "asked");
}

// By when it was received: what waited for its turn is late, however soon it is done then.
TEST(Pipeline, KeepsTracesOfSlowRequestsByTheirRoute) {
  ApiUnderTest api;
  api.telemetry.tracer.sampler().set_ratio(0);
  const auto operations = api.slow_thresholds().operations();
  const auto found = std::find(operations.begin(), operations.end(), "showLiveness");
  const auto row = static_cast<std::size_t>(found - operations.begin());
  const Call waited{.target = "/livez", .at_s = -1};
  api.slow_thresholds().set(row, std::chrono::minutes(5));
  (void)api.send(waited);
  EXPECT_TRUE(api.telemetry.traces.spans().empty()) << "seconds, of five minutes";
  api.slow_thresholds().set(row, std::chrono::seconds(1));
  (void)api.send(waited);
  EXPECT_EQ(keep_reason(api), "slow");
}

TEST(Pipeline, NeverRecordsTokenQueryOrContent) {
  ApiUnderTest api;
  const auto caller = api.sign_in(Role::kOrganiser);
  (void)api.send({.method = "POST",
                  .target = "/api/v1/events?secret_query=1",
                  .headers = {caller, {"Content-Type", "application/json"}},
                  .body = event_content(R"("description":"secret words",)")});
  (void)api.post("/api/v1/auth/login", R"({"email":"a@b.c","password":"secret password"})");
  std::string recorded;
  for (const std::string& line : api.telemetry.log_lines()) recorded += line;
  for (const auto& span : api.telemetry.traces.spans()) {
    for (const auto& [name, value] : span.attributes) recorded += value + '\n';
  }
  EXPECT_FALSE(contains(recorded, "secret"));
  EXPECT_FALSE(contains(recorded, "access."));
}

TEST(Pipeline, KeepsProbesOutOfTheLog) {
  ApiUnderTest api;
  api.telemetry.log.set_level(telemetry::Severity::kInfo);
  (void)api.get("/livez");
  EXPECT_TRUE(api.telemetry.log_lines().empty());
}

TEST(Pipeline, CountsActiveRequestsBackToZero) {
  ApiUnderTest api;
  (void)api.get("/livez");
  (void)api.get("/nowhere");
  EXPECT_EQ(api.telemetry.metric("http_server_active_requests"), "0");
}

TEST(Pipeline, HasTheSeriesOfFailuresBeforeTheyHappen) {
  ApiUnderTest api;
  EXPECT_EQ(api.telemetry.metric(request_count("GET", "/api/v1/events", 200)), "0");
  EXPECT_EQ(api.telemetry.metric(request_count("GET", "/api/v1/events", 503, "unavailable")), "0");
  EXPECT_EQ(api.telemetry.metric(request_count("_OTHER", "overloaded", 503, "overloaded")), "0");
}

TEST(Pipeline, RefusesBeforeTheContentIsRead) {
  ApiUnderTest api;
  const std::string body = event_content();
  const Headers json = {{"Content-Type", "application/json"}};
  EXPECT_EQ(api.admit({"POST", "/nowhere", json, body})->status, 404);
  EXPECT_EQ(api.admit({"PUT", "/api/v1/events", json, body})->status, 405);
  EXPECT_EQ(api.admit({"POST", "/api/v1/events", json, body})->status, 401);
  const auto caller = api.sign_in(Role::kOrganiser);
  EXPECT_EQ(api.admit({"POST", "/api/v1/events", {caller}, body})->status, 415);
  EXPECT_FALSE(api.admit({"POST", "/api/v1/events", {caller, json[0]}, body}));
}

TEST(Pipeline, AnswersOptions) {
  ApiUnderTest api;
  const Reply reply = api.send({.method = "OPTIONS", .target = "/api/v1/events"});
  EXPECT_EQ(reply.status, 204);
  EXPECT_EQ(reply.header("Allow"), "POST, GET, HEAD, OPTIONS");
  EXPECT_EQ(api.telemetry.metric(request_count("OPTIONS", "options", 204)), "1");
}

TEST(Pipeline, LeadsHeadToGetAndCountsItAsHead) {
  ApiUnderTest api;
  EXPECT_EQ(api.send({.method = "HEAD", .target = "/livez"}).status, 200);
  EXPECT_EQ(api.telemetry.metric(request_count("HEAD", "/livez", 200)), "1");
}

TEST(Pipeline, SaysWhichPatchesItTakes) {
  ApiUnderTest api;
  const auto caller = api.sign_in(Role::kOrganiser);
  const Reply reply = api.send({.method = "PATCH",
                                .target = "/api/v1/events/1",
                                .headers = {caller, {"Content-Type", "application/json"}},
                                .body = "{}"});
  EXPECT_EQ(reply.status, 415);
  EXPECT_EQ(reply.header("Accept-Patch"), "application/merge-patch+json");
}

// What stores and pools answer becomes statuses here, and its details stay here.
struct Failed {
  Code code;
  int status;
};

void PrintTo(const Failed& failed, std::ostream* out) { *out << name_of(failed.code); }

class PipelineFailure : public testing::TestWithParam<Failed> {};

TEST_P(PipelineFailure, KeepsTheDetailFromTheClient) {
  ApiUnderTest api;
  api.event_store.fail_with({GetParam().code, "Try again.", "secret: at 10.0.0.1"});
  const Reply reply = api.get("/api/v1/events");
  const std::string code(name_of(GetParam().code));
  EXPECT_EQ(reply.status, GetParam().status);
  EXPECT_EQ(reply.at("/code"), code);
  EXPECT_FALSE(contains(reply.body, "secret"));
  EXPECT_EQ(reply.header("Retry-After").empty(), GetParam().status != 503);
  EXPECT_EQ(api.telemetry.metric(request_count("GET", "/api/v1/events", GetParam().status, code)),
            "1");
  const auto span = api.telemetry.traces.span("GET /api/v1/events");
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span.attributes.at("error.type"), code);
}

INSTANTIATE_TEST_SUITE_P(Pipeline, PipelineFailure,
                         testing::Values(Failed{Code::kInternal, 500},
                                         Failed{Code::kUnavailable, 503},
                                         Failed{Code::kOverloaded, 503},
                                         Failed{Code::kDeadlineExceeded, 503}));

TEST(Pipeline, LogsTheDetailOfAnInternalError) {
  ApiUnderTest api;
  api.event_store.fail_with({Code::kInternal, "private words", "row 17 is odd"});
  const Reply reply = api.get("/api/v1/events");
  EXPECT_FALSE(contains(reply.body, "private words"));
  std::string log;
  for (const std::string& line : api.telemetry.log_lines()) log += line;
  EXPECT_TRUE(contains(log, "internal.error"));
  EXPECT_TRUE(contains(log, "row 17 is odd"));
}

class ThrowingAuthenticator : public domain::MessageAuthenticator {
 public:
  core::Digest mac(std::string_view, std::string_view) override {
    throw std::runtime_error("secret of the exception");
  }
};

TEST(Pipeline, TurnsAnExceptionIntoABare500) {
  ApiUnderTest made;
  ThrowingAuthenticator throwing;
  Api api({made.accounts, made.own_account, made.administration, made.password_resets,
           made.sessions, made.events, made.media_uploads, made.media_library, made.time_zones,
           made.tokens, throwing, made.idempotency_store, made.clock,
           Instruments{made.telemetry.metrics, made.telemetry.log, made.telemetry.tracer}},
          {});
  Request request;
  request.method = Method::kGet;
  request.path = "/api/v1/events";
  // As long as a cursor, so that it is authenticated.
  request.query = "cursor=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
  request.received_at = std::chrono::steady_clock::now();
  const Response response = api.handle(request);
  EXPECT_EQ(response.status, 500);
  EXPECT_FALSE(contains(std::get<std::string>(response.body), "secret"));
  std::string log;
  for (const std::string& line : made.telemetry.log_lines()) log += line;
  EXPECT_TRUE(contains(log, "secret of the exception"));
  EXPECT_EQ(made.telemetry.metric(request_count("GET", "/api/v1/events", 500, "internal")), "1");
  const auto span = made.telemetry.traces.span("GET /api/v1/events");
  EXPECT_EQ(span.events.at(0).name, "exception");
  EXPECT_EQ(span.events.at(0).attributes.at("exception.message"), "secret of the exception");
}

TEST(Pipeline, EndsAWaitAtTheDeadlineOfTheRequest) {
  ApiUnderTest api({.request_deadline = std::chrono::milliseconds(0)});
  EXPECT_EQ(api.get("/api/v1/events").at("/code"), "deadline_exceeded");
}

TEST(Pipeline, CountsTokens) {
  ApiUnderTest api;
  (void)api.get("/api/v1/events", {api.sign_in(Role::kUser)});
  (void)api.get("/api/v1/events", {{"Authorization", "Bearer x"}});
  (void)api.get("/livez", {{"Authorization", "Bearer x"}});
  const std::string attempts = "vigie_auth_attempts_total{method=\"token\",outcome=";
  EXPECT_EQ(api.telemetry.metric(attempts + "\"success\"}"), "1");
  EXPECT_EQ(api.telemetry.metric(attempts + "\"invalid\"}"), "1");
}

struct OfNet {
  Refusal reason;
  int status;
  std::string code;
  std::string route;
  bool must_close;
};

void PrintTo(const OfNet& refused, std::ostream* out) { *out << refused.code; }

class NetworkRefusals : public testing::TestWithParam<OfNet> {};

TEST_P(NetworkRefusals, AreAnsweredAndMeasuredUnderNamesOfTheirOwn) {
  const OfNet& expected = GetParam();
  ApiUnderTest api;
  const Reply reply = api.refuse(expected.reason);
  EXPECT_EQ(reply.status, expected.status);
  EXPECT_EQ(reply.at("/code"), expected.code);
  EXPECT_EQ(reply.must_close, expected.must_close);
  EXPECT_EQ(reply.header("Retry-After").empty(), expected.status != 503);
  const std::string error = expected.status >= 500 ? expected.code : "";
  EXPECT_EQ(api.telemetry.metric(request_count("_OTHER", expected.route, expected.status, error)),
            "1");
}

INSTANTIATE_TEST_SUITE_P(
    Pipeline, NetworkRefusals,
    testing::Values(
        OfNet{Refusal::kMalformed, 400, "malformed_request", "malformed", true},
        OfNet{Refusal::kUriTooLong, 414, "uri_too_long", "too_large", true},
        OfNet{Refusal::kHeaderTooLarge, 431, "header_too_large", "too_large", true},
        OfNet{Refusal::kHeaderTimeout, 408, "header_too_slow", "too_slow", true},
        OfNet{Refusal::kBodyTooLarge, 413, "content_too_large", "too_large", true},
        OfNet{Refusal::kBodyTooSlow, 408, "body_too_slow", "too_slow", true},
        OfNet{Refusal::kExpectationFailed, 417, "expectation_failed", "unsupported", true},
        OfNet{Refusal::kVersionNotSupported, 505, "version_not_supported", "unsupported", true},
        OfNet{Refusal::kUnknownMethod, 501, "method_not_implemented", "unsupported", false},
        OfNet{Refusal::kUnknownCoding, 501, "coding_not_implemented", "unsupported", true},
        OfNet{Refusal::kTooManyConnections, 503, "too_many_connections", "overloaded", true},
        OfNet{Refusal::kTooManyRequests, 503, "overloaded", "overloaded", false},
        OfNet{Refusal::kShuttingDown, 503, "shutting_down", "shutting_down", true}));

}  // namespace
}  // namespace vigie::http
