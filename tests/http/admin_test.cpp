#include "server/http/admin.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/captured_telemetry.hpp"
#include "tests/http/string_body.hpp"

namespace vigie::http {
namespace {

class AdminTest : public testing::Test {
 protected:
  fakes::CapturedTelemetry telemetry;
  std::vector<std::string_view> obstacles;
  std::vector<Route> routes = numbered_routes();
  std::vector<const Route*> pointers{&routes[0], &routes[1]};
  SlowThresholds slow{pointers};
  Admin admin{{.instruments{telemetry.metrics, telemetry.log, telemetry.tracer},
               .obstacles = [this] { return obstacles; },
               .version = "1.2.3",
               .revision = "abc",
               .slow_thresholds = slow}};

  static std::vector<Route> numbered_routes() {
    return {{.operation = "showThing", .row = 0},
            {.operation = "listThings", .slow_after = std::chrono::milliseconds(250), .row = 1}};
  }

  Response send(Method method, std::string_view path, const std::string& body = "",
                std::string_view accept = "") {
    StringBody content(body);
    Request request;
    request.method = method;
    request.path = path;
    request.received_at = std::chrono::steady_clock::now();
    if (!accept.empty()) request.headers.add({"Accept", accept});
    if (!body.empty()) request.headers.add({"Content-Type", "application/json"});
    request.body = &content;
    EXPECT_FALSE(admin.admit(request).refusal);
    return admin.handle(request);
  }
  static std::string text(const Response& response) { return std::get<std::string>(response.body); }
};

TEST_F(AdminTest, IsAliveWhateverIsBroken) {
  obstacles = {"database"};
  EXPECT_EQ(send(Method::kGet, "/livez").status, 200);
}

TEST_F(AdminTest, IsReadyUnlessSomethingStandsAgainstIt) {
  EXPECT_EQ(send(Method::kGet, "/readyz").status, 200);
  EXPECT_EQ(text(send(Method::kGet, "/readyz")), R"({"status":"ready","reasons":[]})");
  obstacles = {"draining", "database"};
  const Response response = send(Method::kGet, "/readyz");
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(text(response), R"({"status":"not_ready","reasons":["draining","database"]})");
  EXPECT_EQ(telemetry.metric("http_server_request_duration_seconds_count{error_type=\"not_ready\","
                             "http_request_method=\"GET\",http_response_status_code=\"503\","
                             "http_route=\"/readyz\"}"),
            "1");
}

TEST_F(AdminTest, TellsItsHealthInDetail) {
  const std::string health = text(send(Method::kGet, "/healthz"));
  EXPECT_NE(health.find(R"("version":"1.2.3","revision":"abc","log_level":"debug")"),
            std::string::npos)
      << health;
}

TEST_F(AdminTest, WritesMetricsInTheFormatThatIsAskedFor) {
  const Response classic = send(Method::kGet, "/metrics");
  EXPECT_NE(classic.headers.first("Content-Type")->find("version=0.0.4"), std::string::npos);
  const Response open =
      send(Method::kGet, "/metrics", "", "application/openmetrics-text;version=1.0.0");
  EXPECT_NE(open.headers.first("Content-Type")->find("openmetrics"), std::string::npos);
  EXPECT_TRUE(text(open).ends_with("# EOF\n"));
}

TEST_F(AdminTest, ChangesTheLogLevelAtRunTime) {
  EXPECT_EQ(text(send(Method::kGet, "/admin/log-level")), R"({"level":"debug"})");
  EXPECT_EQ(text(send(Method::kPut, "/admin/log-level", R"({"level":"warn"})")),
            R"({"level":"warn"})");
  EXPECT_EQ(telemetry.log.level(), telemetry::Severity::kWarn);
}

TEST_F(AdminTest, LogsThatTheLevelWasChanged) {
  (void)send(Method::kPut, "/admin/log-level", R"({"level":"info"})");
  std::string log;
  for (const std::string& line : telemetry.log_lines()) log += line;
  EXPECT_NE(log.find("config.changed"), std::string::npos);
}

TEST_F(AdminTest, RefusesAnUnknownLevel) {
  const Response response = send(Method::kPut, "/admin/log-level", R"({"level":"loud"})");
  EXPECT_EQ(response.status, 422);
  EXPECT_NE(text(response).find("/level"), std::string::npos);
  EXPECT_EQ(telemetry.log.level(), telemetry::Severity::kDebug);
}

TEST_F(AdminTest, TellsWhichTracesAreKept) {
  EXPECT_EQ(text(send(Method::kGet, "/debug/sampling")),
            R"({"sampler":"always_on","ratio":1,"slow_ms":{"showThing":500,"listThings":250}})");
}

TEST_F(AdminTest, ChangesWhichTracesAreKept) {
  const Response response =
      send(Method::kPut, "/debug/sampling", R"({"ratio":0.25,"slow_ms":{"listThings":80}})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(
      text(response),
      R"({"sampler":"traceidratio","ratio":0.25,"slow_ms":{"showThing":500,"listThings":80}})");
  EXPECT_EQ(telemetry.tracer.sampler().ratio(), 0.25);
  EXPECT_EQ(slow.of(routes[1]), std::chrono::milliseconds(80));
  std::string log;
  for (const std::string& line : telemetry.log_lines()) log += line;
  EXPECT_NE(log.find(R"("vigie.setting.name":"sampling.ratio","vigie.setting.value":"0.25")"),
            std::string::npos);
  EXPECT_NE(log.find(R"("sampling.slow_ms.listThings","vigie.setting.value":"80")"),
            std::string::npos);
}

TEST_F(AdminTest, ChangesNothingOfSamplingWhenAnythingIsWrong) {
  for (const auto& [body, pointer] : std::vector<std::pair<std::string, std::string>>{
           {R"({"ratio":1.5})", "/ratio"},
           {R"({"ratio":-0.1})", "/ratio"},
           {R"({"ratio":"half"})", "/ratio"},
           {R"({"ratio":0.5,"slow_ms":{"listThings":600001}})", "/slow_ms/listThings"},
           {R"({"ratio":0.5,"slow_ms":{"listThings":-1}})", "/slow_ms/listThings"},
           {R"({"ratio":0.5,"slow_ms":{"nothing":1}})", "/slow_ms/nothing"},
           {R"({"ratio":0.5,"slow_ms":7})", "/slow_ms"},
           {R"({"ratio":0.5,"sampler":"always_off"})", "/sampler"}}) {
    const Response response = send(Method::kPut, "/debug/sampling", body);
    EXPECT_EQ(response.status, 422) << body;
    EXPECT_NE(text(response).find('"' + pointer + '"'), std::string::npos) << text(response);
  }
  EXPECT_EQ(telemetry.tracer.sampler().ratio(), 1);
  EXPECT_EQ(slow.at(1), std::chrono::milliseconds(250));
}

TEST_F(AdminTest, TellsWhatBecameOfEveryRecord) {
  using telemetry::DropReason;
  using telemetry::Signal;
  telemetry.ledger.queued(Signal::kTraces, 6);
  telemetry.ledger.exported(Signal::kTraces, 3);
  telemetry.ledger.spooled(Signal::kTraces, 1);
  telemetry.ledger.sampled_out(Signal::kTraces, 4);
  telemetry.ledger.refused(Signal::kTraces, 2, DropReason::kSpoolFailed);
  EXPECT_TRUE(text(send(Method::kGet, "/debug/ledger"))
                  .starts_with(R"({"signals":{"traces":{"created":12,"exported":3,"sampled_out":4,)"
                               R"("dropped":{"queue_full":0,"rejected":0,"retries_exhausted":0,)"
                               R"("shutdown":0,"no_memory":0,"too_large":0,"write_failed":0,)"
                               R"("spool_evicted":0,"spool_corrupt":0,"spool_failed":2},)"
                               R"("queued":2,"spooled":1},"logs":{"created":)"));
}

TEST_F(AdminTest, ObservesWhatItRefuses) {
  EXPECT_EQ(send(Method::kGet, "/nowhere").status, 404);
  EXPECT_EQ(send(Method::kDelete, "/livez").status, 405);
  EXPECT_EQ(admin.refuse(Refusal::kMalformed, nullptr).status, 400);
  EXPECT_EQ(telemetry.traces.spans().size(), 3U);
}

}  // namespace
}  // namespace vigie::http
