#include "server/http/admin.hpp"

#include <gtest/gtest.h>

#include <string>

#include "telemetry/catalogue/log_events.hpp"
#include "tests/http/admin_fixture.hpp"

namespace vigie::http {
namespace {

using testing::AdminTest;

/// A client; one that leaves takes no more than `calls_max` pieces.
class CollectingWriter final : public BodyWriter {
 public:
  explicit CollectingWriter(int calls_max = 1'000'000) : calls_left_(calls_max) {}
  bool write(std::string_view bytes) override {
    if (calls_left_-- == 0) return false;
    text.append(bytes);
    return true;
  }
  std::string text;

 private:
  int calls_left_;
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
  EXPECT_EQ(open.headers.first("Content-Encoding"), nullptr);
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

TEST_F(AdminTest, ListsRecordedTraces) {
  using std::chrono::milliseconds;
  const auto slow_id = record("/a", milliseconds(80)).to_hex();
  const auto failed_id = record("/b", milliseconds(5), "internal").to_hex();
  const auto last_id = record("/a", milliseconds(3)).to_hex();
  const auto ids = [this](std::string_view target) {
    std::vector<std::string> found;
    const auto answer = get(target);
    for (const auto& item : answer.at("items")) found.push_back(item.at("trace_id"));
    return found;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(ids("/debug/traces"), (Ids{last_id, failed_id, slow_id}));
  EXPECT_EQ(ids("/debug/traces?route=%2Fa"), (Ids{last_id, slow_id}));
  EXPECT_EQ(ids("/debug/traces?min_ms=4.5"), (Ids{failed_id, slow_id}));
  EXPECT_EQ(ids("/debug/traces?error=true"), (Ids{failed_id}));
  EXPECT_EQ(ids("/debug/traces?error=false&limit=1"), (Ids{last_id}));
  EXPECT_EQ(get("/debug/traces?error=true").at("items")[0].at("error_type"), "internal");
}

TEST_F(AdminTest, ShowsATraceWithItsLogLines) {
  const telemetry::TraceId id = record("/a", std::chrono::milliseconds(1));
  record_line(telemetry::log_events::kDbRecovered, {id, {}, "abc"});
  const auto shown = get("/debug/traces/" + id.to_hex());
  EXPECT_EQ(shown.at("trace_id"), id.to_hex());
  EXPECT_EQ(shown.at("request_count"), 1);
  EXPECT_EQ(shown.at("requests")[0].at("route"), "/a");
  EXPECT_EQ(shown.at("spans")[0].at("attributes").at("http.route"), "/a");
  EXPECT_EQ(shown.at("logs")[0].at("correlation_id"), "abc");
  for (const std::string& unknown : {std::string(32, 'a'), std::string("nonsense")}) {
    const Response response = send(Method::kGet, "/debug/traces/" + unknown);
    EXPECT_EQ(response.status, 404);
    EXPECT_NE(text(response).find(R"("code":"not_found")"), std::string::npos);
  }
}

TEST_F(AdminTest, ListsRecordedLogLines) {
  namespace events = telemetry::log_events;
  telemetry::TraceId id;
  id.bytes.fill(0xab);
  record_line(events::kDbRecovered, {id, {}, "first"});
  record_line(events::kDbUnavailable, {{}, {}, "second"});
  EXPECT_EQ(get("/debug/logs").at("items").size(), 2U);
  EXPECT_EQ(get("/debug/logs?level=error").at("items")[0].at("correlation_id"), "second");
  EXPECT_EQ(get("/debug/logs?correlation_id=first").at("items")[0].at("event"), "db.recovered");
  EXPECT_EQ(get("/debug/logs?limit=1").at("items")[0].at("correlation_id"), "second");
  EXPECT_EQ(get("/debug/logs?trace_id=" + id.to_hex()).at("items").size(), 1U);
}

TEST_F(AdminTest, NamesTheParameterThatIsWrongAndItsLimit) {
  for (const auto& [target, pointer, limit] : std::vector<std::array<std::string, 3>>{
           {"/debug/traces?limit=1001", "?limit", "1 to 1000"},
           {"/debug/traces?limit=0", "?limit", "1 to 1000"},
           {"/debug/traces?limit=1&limit=2", "?limit", "once"},
           {"/debug/traces?min_ms=-1", "?min_ms", "0 to 600000"},
           {"/debug/traces?min_ms=nan", "?min_ms", "0 to 600000"},
           {"/debug/traces?error=yes", "?error", "true or false"},
           {"/debug/traces?level=warn", "?level", "not a known"},
           {"/debug/logs?level=off", "?level", "debug, info, warn"},
           {"/debug/logs?trace_id=abc", "?trace_id", "32 lower"},
           {"/debug/logs?correlation_id=a%20b", "?correlation_id", "1 to 128"},
           {"/debug/logs?limit=many", "?limit", "1 to 1000"}}) {
    const Response response = send(Method::kGet, target);
    EXPECT_EQ(response.status, 422) << target;
    const auto fault = nlohmann::json::parse(text(response)).at("errors")[0];
    EXPECT_EQ(fault.at("pointer"), pointer) << target;
    EXPECT_NE(fault.at("message").get<std::string>().find(limit), std::string::npos) << fault;
  }
}

TEST_F(AdminTest, SaysThatTheRecorderIsOff) {
  recorder = {};
  for (const char* target : {"/debug/traces", "/debug/logs"}) {
    const Response response = send(Method::kGet, target);
    EXPECT_EQ(response.status, 404);
    EXPECT_NE(text(response).find("recorder_off"), std::string::npos);
  }
}

TEST_F(AdminTest, GivesOneBundleAtATime) {
  {
    Response response = send(Method::kGet, "/debug/bundle");
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(*response.headers.first("Content-Disposition"),
              "attachment; filename=\"vigie-bundle-20300101T000000Z.tar.gz\"");
    const Response second = send(Method::kGet, "/debug/bundle");
    EXPECT_EQ(second.status, 503);
    EXPECT_NE(text(second).find("bundle_in_progress"), std::string::npos);
  }
  const Response third = send(Method::kGet, "/debug/bundle");
  EXPECT_EQ(third.status, 200);
  CollectingWriter body;
  std::get<BodyStream>(third.body).produce(body);
  EXPECT_TRUE(body.text.starts_with("\x1f\x8b"));  // gzip
  CollectingWriter gone(1);
  std::get<BodyStream>(third.body).produce(gone);
  EXPECT_LT(gone.text.size(), body.text.size());
}

TEST_F(AdminTest, ObservesWhatItRefuses) {
  EXPECT_EQ(send(Method::kGet, "/nowhere").status, 404);
  EXPECT_EQ(send(Method::kDelete, "/livez").status, 405);
  EXPECT_EQ(admin.refuse(Refusal::kMalformed, nullptr).status, 400);
  EXPECT_EQ(telemetry.traces.spans().size(), 3U);
}

}  // namespace
}  // namespace vigie::http
