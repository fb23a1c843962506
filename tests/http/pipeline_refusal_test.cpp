#include <gtest/gtest.h>

#include "tests/http/api_under_test.hpp"
#include "tests/http/observations.hpp"

namespace vigie::http {
namespace {

using domain::Code;
using domain::Role;

// Every refusal that the pipeline can say: status, code, and the route it is counted under.
struct Refused {
  std::string name;
  Call call;
  int status;
  std::string code;
  std::string route;
  std::string header = {};  // that must be there
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

class PipelineRefusal : public testing::TestWithParam<Refused> {};

TEST_P(PipelineRefusal, IsAProblemDocumentAndIsMeasured) {
  const Refused& expected = GetParam();
  ApiUnderTest api;
  Call call = expected.call;
  const auto caller = api.sign_in(Role::kOrganiser);
  if (!call.headers.empty() && call.headers[0].first == "@caller") call.headers[0] = caller;
  const Reply reply = api.send(call);
  EXPECT_EQ(reply.status, expected.status);
  EXPECT_EQ(reply.header("Content-Type"), "application/problem+json");
  EXPECT_EQ(reply.header("Cache-Control"), "no-store");
  EXPECT_EQ(reply.at("/code"), expected.code);
  EXPECT_EQ(reply.at("/status"), std::to_string(expected.status));
  EXPECT_EQ(reply.at("/type"), "/api/v1/docs#" + expected.code);
  EXPECT_NE(reply.at("/title"), "");
  EXPECT_EQ(reply.at("/correlation_id"), reply.header("X-Correlation-ID"));
  EXPECT_TRUE(contains(reply.header("traceparent"), reply.at("/trace_id")));
  EXPECT_FALSE(contains(reply.body, "secret"));
  EXPECT_EQ(reply.header(expected.header).empty(), expected.header.empty()) << expected.header;

  EXPECT_EQ(api.telemetry.metric(request_count(call.method, expected.route, expected.status)), "1");
  auto span = api.telemetry.traces.span(call.method + " " + expected.route);
  EXPECT_EQ(span.attributes["http.response.status_code"], std::to_string(expected.status));
  EXPECT_EQ(span.attributes["vigie.error.code"], expected.code);
  EXPECT_FALSE(span.is_error);
}

const Headers kJsonOfCaller = {{"@caller", ""}, {"Content-Type", "application/json"}};

Call create(std::string body, std::optional<Code> failure = std::nullopt) {
  return {"POST", "/api/v1/events", kJsonOfCaller, std::move(body), "192.0.2.1", failure};
}

const std::vector<Refused> kRefusals = {
    Refused{"NoRoute", {"GET", "/nowhere"}, 404, "route_not_found", "unmatched"},
    Refused{"BadEscape", {"GET", "/api/v1/events/%zz"}, 400, "malformed_target", "unmatched"},
    Refused{"NoMethod",
            {"PUT", "/api/v1/events"},
            405,
            "method_not_allowed",
            "method_not_allowed",
            "Allow"},
    Refused{"NotAcceptable",
            {"GET", "/api/v1/events", {{"Accept", "text/html"}}},
            406,
            "not_acceptable",
            "/api/v1/events"},
    Refused{"NoToken",
            {"GET", "/api/v1/accounts/me"},
            401,
            "not_authenticated",
            "/api/v1/accounts/me",
            "WWW-Authenticate"},
    Refused{"BadToken",
            {"GET", "/api/v1/events", {{"Authorization", "Bearer secret"}}},
            401,
            "invalid_token",
            "/api/v1/events",
            "WWW-Authenticate"},
    Refused{"OtherScheme",
            {"GET", "/api/v1/accounts/me", {{"Authorization", "Basic secret"}}},
            401,
            "invalid_token",
            "/api/v1/accounts/me"},
    Refused{"NoTokenWithContent",
            {"POST", "/api/v1/events", {{"Content-Type", "application/json"}}, "{}"},
            401,
            "not_authenticated",
            "/api/v1/events"},
    Refused{"OtherMediaType",
            {"POST", "/api/v1/events", {{"@caller", ""}, {"Content-Type", "text/plain"}}, "{}"},
            415,
            "unsupported_media_type",
            "/api/v1/events"},
    Refused{"NoMediaType",
            {"POST", "/api/v1/events", {{"@caller", ""}}, "{}"},
            415,
            "unsupported_media_type",
            "/api/v1/events"},
    Refused{"TooLarge", create(std::string(200'000, ' ')), 413, "content_too_large",
            "/api/v1/events"},
    Refused{
        "TooLargeInChunks",
        {"POST",
         "/api/v1/events",
         {{"@caller", ""}, {"Content-Type", "application/json"}, {"Transfer-Encoding", "chunked"}},
         std::string(200'000, ' ')},
        413,
        "content_too_large",
        "/api/v1/events"},
    Refused{"TooLargeSaysNet", create("{}", Code::kValidationFailed), 413, "content_too_large",
            "/api/v1/events"},
    Refused{"TooSlow", create("{", Code::kDeadlineExceeded), 408, "body_too_slow",
            "/api/v1/events"},
    Refused{"CutOff", create("{", Code::kUnavailable), 400, "body_incomplete", "/api/v1/events"},
    Refused{"NotJson", create("{"), 400, "malformed_json", "/api/v1/events"},
    Refused{"Duplicate", create(R"({"a":1,"a":2})"), 400, "duplicate_member", "/api/v1/events"},
    Refused{"TooDeep", create(std::string(40, '[') + std::string(40, ']')), 400, "json_too_deep",
            "/api/v1/events"},
    Refused{"HugeNumber", create(R"({"a":1e999})"), 400, "number_out_of_range", "/api/v1/events"},
    Refused{"BadKey",
            {"POST",
             "/api/v1/events",
             {{"@caller", ""}, {"Content-Type", "application/json"}, {"Idempotency-Key", "a b"}},
             event_content()},
            400,
            "invalid_idempotency_key",
            "/api/v1/events"},
    Refused{"ContentWhereNoneIsTaken",
            {"POST",
             "/api/v1/events/00000000-0000-7000-8000-000000000009/publish",
             {{"@caller", ""}},
             "{}"},
            413,
            "content_too_large",
            "/api/v1/events/{id}/publish"},
    Refused{"ContentInChunksWhereNoneIsTaken",
            {"POST",
             "/api/v1/events/00000000-0000-7000-8000-000000000009/publish",
             {{"@caller", ""}, {"Transfer-Encoding", "chunked"}},
             "{}"},
            413,
            "content_too_large",
            "/api/v1/events/{id}/publish"},
};

INSTANTIATE_TEST_SUITE_P(Pipeline, PipelineRefusal, testing::ValuesIn(kRefusals),
                         [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace vigie::http
