#pragma once

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>
#include <string>

#include "server/http/admin.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/config.hpp"
#include "telemetry/log_record.hpp"
#include "telemetry/trace.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/fakes/fake_job_desk.hpp"
#include "tests/http/string_body.hpp"

namespace vigie::http::testing {

/// The admin port without its socket.
class AdminTest : public ::testing::Test {
 protected:
  fakes::CapturedTelemetry telemetry;
  std::vector<std::string_view> obstacles;
  std::vector<Route> routes = numbered_routes();
  std::vector<const Route*> pointers{&routes[0], &routes[1]};
  SlowThresholds slow{pointers};
  telemetry::Recorder recorder = make_recorder();
  fakes::FakeJobDesk jobs;
  telemetry::Tracer recorded{{}, telemetry.clock, telemetry.ledger, nullptr, recorder.traces.get()};
  Admin admin{{.instruments{telemetry.metrics, telemetry.log, telemetry.tracer},
               .obstacles = [this] { return obstacles; },
               .version = "1.2.3",
               .revision = "abc",
               .slow_thresholds = slow,
               .recorder = recorder,
               .configuration = [] { return std::string(R"({"settings":{}})"); },
               .jobs = &jobs}};

  static std::vector<Route> numbered_routes() {
    return {{.operation = "showThing", .row = 0},
            {.operation = "listThings", .slow_after = std::chrono::milliseconds(250), .row = 1}};
  }

  static telemetry::Recorder make_recorder() {
    telemetry::TelemetryConfig config;
    config.recorder_bytes_max = 1 << 20;
    return telemetry::make_recorder(config);
  }
  telemetry::TraceId record(std::string_view route, std::chrono::milliseconds duration,
                            std::string_view error = "") {
    telemetry::Trace trace(recorded, {});
    telemetry::Span root(&trace, telemetry::spans::kHttpServer);
    root.set(telemetry::attributes::kHttpRoute, route);
    telemetry.clock.advance(static_cast<std::uint64_t>(duration.count()) * 1'000'000);
    if (!error.empty()) root.error(error);
    return trace.trace_id();
  }
  void record_line(const telemetry::LogEventType& type, const telemetry::LogContext& context) {
    alignas(8) std::array<std::byte, 512> place;
    telemetry::LogCuts cuts;
    write_log_record(place.data(), {&type, 1, context.trace_id, context.span_id},
                     context.correlation_id, {}, cuts);
    recorder.logs->add(*reinterpret_cast<const telemetry::LogRecord*>(place.data()));
  }
  nlohmann::json get(std::string_view target) {
    return nlohmann::json::parse(text(send(Method::kGet, target)));
  }

  Response send(Method method, std::string_view target, const std::string& body = "",
                std::string_view accept = "") {
    StringBody content(body);
    Request request;
    request.method = method;
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size()) request.query = target.substr(request.path.size() + 1);
    request.received_at = std::chrono::steady_clock::now();
    if (!accept.empty()) request.headers.add({"Accept", accept});
    request.headers.add({"Host", "127.0.0.1:9464"});
    if (method != Method::kGet) request.headers.add({"Content-Type", "application/json"});
    request.body = &content;
    EXPECT_FALSE(admin.admit(request).refusal);
    return admin.handle(request);
  }
  static std::string text(const Response& response) { return std::get<std::string>(response.body); }
};

}  // namespace vigie::http::testing
