#include "telemetry/recorder/trace_recorder.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/span_events.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/recorder/trace_json.hpp"
#include "telemetry/trace.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kHasOwnAllocator = true;
#else
constexpr bool kHasOwnAllocator = false;
#endif

struct Request {
  std::string route = "/things";
  milliseconds duration{1};
  bool is_error = false;
  bool is_repeated = false;
};

class TraceRecorderTest : public testing::Test {
 protected:
  /// No exporter: what the sampler keeps is offered too.
  TraceId record(const Request& request) {
    Trace trace(tracer_, {});
    Span root(&trace, spans::kHttpServer);
    root.set(attributes::kHttpRequestMethod, "GET");
    root.set(attributes::kHttpRoute, request.route);
    root.set(attributes::kHttpResponseStatusCode, request.is_error ? 500 : 200);
    clock_.advance(static_cast<std::uint64_t>(nanoseconds(request.duration).count()));
    if (request.is_error) root.error("internal");
    if (request.is_repeated) trace.mark_repeated();
    root.end();
    trace.finish();
    return trace.trace_id();
  }
  void keep_none() { tracer_.sampler().set_ratio(0); }
  std::size_t count(const TraceFilter& filter = {}) { return recorder_.find(filter).size(); }

  fakes::FakeTelemetryClock clock_;
  Ledger ledger_;
  TraceRecorder recorder_{std::size_t{4} << 20};
  Tracer tracer_{{SamplerKind::kAlwaysOn, 1.0}, clock_, ledger_, nullptr, &recorder_};
};

TEST_F(TraceRecorderTest, HoldsWhatIsKeptAlsoWhenNothingIsExported) {
  const TraceId first = record({});
  const TraceId second = record({});
  const auto found = recorder_.find(TraceFilter{});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].trace->buffer().trace_id, second);
  EXPECT_EQ(found[1].trace->buffer().trace_id, first);
  EXPECT_TRUE(found[0].why.is_recent);
  EXPECT_EQ(ledger_.account(Signal::kTraces).sampled_out, 2U);
  EXPECT_EQ(tracer_.decisions(false, DecisionReason::kNotExported), 2);
  EXPECT_EQ(tracer_.decisions(true, DecisionReason::kAlwaysOn), 0);
}

TEST_F(TraceRecorderTest, HoldsNothingThatRepeats) {
  const TraceId failed = record({.is_error = true});
  for (int i = 0; i < 5'000; ++i) record({.is_error = true, .is_repeated = true});
  const auto found = recorder_.find(TraceFilter{});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].trace->buffer().trace_id, failed);
  EXPECT_EQ(tracer_.decisions(false, DecisionReason::kRepeated), 5'000);
}

TEST_F(TraceRecorderTest, HoldsTheSlowestOfEachRouteThatAreNotKept) {
  keep_none();
  for (int i = 1; i <= 100; ++i) record({.duration = milliseconds(i % 50 + 1)});
  for (int i = 0; i < 3; ++i) record({.route = "/fast", .duration = milliseconds(1)});
  const auto things = recorder_.find({.route = "/things"});
  ASSERT_EQ(things.size(), TraceShelves::kPerRoute);
  for (const FoundTrace& found : things) {
    EXPECT_GE(found.trace->duration_ns(), 47'000'000U);
    EXPECT_TRUE(found.why.is_slowest_of_route);
    EXPECT_FALSE(found.why.is_recent);
  }
  EXPECT_EQ(count({.route = "/fast"}), 3U);
}

TEST_F(TraceRecorderTest, LetsTheSlowestGrowOld) {
  keep_none();
  for (std::size_t i = 0; i < TraceShelves::kPerRoute; ++i) record({.duration = milliseconds(100)});
  record({.duration = milliseconds(1)});
  EXPECT_EQ(count({.duration_ns_min = 100'000'000}), TraceShelves::kPerRoute);
  EXPECT_EQ(count(), TraceShelves::kPerRoute);
  clock_.advance(static_cast<std::uint64_t>(TraceShelves::kSlowestAge.count()));
  const TraceId fresh = record({.duration = milliseconds(1)});
  EXPECT_EQ(recorder_.find(fresh).size(), 1U);
}

TEST_F(TraceRecorderTest, HoldsTheLastFailedOfEachRoute) {
  const TraceId first = record({.is_error = true});
  for (std::size_t i = 0; i < 2 * TraceShelves::kPerRoute; ++i) record({.is_error = true});
  for (int i = 0; i < 10; ++i) record({.duration = milliseconds(9)});
  std::size_t failed_count = 0;
  for (const FoundTrace& found : recorder_.find({.is_error = true})) {
    if (found.why.is_failed_of_route) ++failed_count;
    EXPECT_TRUE(found.trace->is_error());
  }
  EXPECT_EQ(failed_count, TraceShelves::kPerRoute);
  EXPECT_FALSE(recorder_.find(first)[0].why.is_failed_of_route);
  EXPECT_EQ(count({.is_error = false}), 10U);
}

TEST_F(TraceRecorderTest, SharesAShelfBetweenTooManyRoutes) {
  keep_none();
  for (std::size_t i = 0; i < 3 * RouteThresholds::kRoutesMax; ++i) {
    record({.route = "/route/" + std::to_string(i), .duration = milliseconds(i + 1)});
  }
  EXPECT_EQ(count({.limit = 1000}), RouteThresholds::kRoutesMax + TraceShelves::kPerRoute);
}

TEST_F(TraceRecorderTest, FindsByDurationAndLimit) {
  for (int i = 1; i <= 10; ++i) record({.duration = milliseconds(i)});
  EXPECT_EQ(count({.duration_ns_min = 8'000'000}), 3U);
  const auto newest = recorder_.find({.limit = 2});
  ASSERT_EQ(newest.size(), 2U);
  EXPECT_EQ(newest[0].trace->duration_ns(), 10'000'000U);
  EXPECT_EQ(newest[1].trace->duration_ns(), 9'000'000U);
}

TEST_F(TraceRecorderTest, WantsOfWhatIsNotKeptOnlyTheSlow) {
  keep_none();
  for (int i = 0; i < 1000; ++i) record({.duration = milliseconds(1000 - i)});
  (void)count();  // the thresholds are set
  for (int i = 0; i < 1000; ++i) record({.duration = milliseconds(1)});
  EXPECT_EQ(count({.limit = 10000}), TraceShelves::kPerRoute);
  EXPECT_EQ(ledger_.account(Signal::kTraces).sampled_out, 2000U);
}

TEST_F(TraceRecorderTest, TakesTracesFromThePipelineAndWhatItRefuses) {
  fakes::TraceCapture full;
  full.set_full(true);
  Tracer tracer({SamplerKind::kAlwaysOn, 1.0}, clock_, ledger_, &full, &recorder_);
  {
    Trace trace(tracer, {});
    const Span root(&trace, spans::kHttpServer);
  }
  EXPECT_EQ(count(), 1U);
  EXPECT_EQ(ledger_.account(Signal::kTraces).dropped_total(), 1U);
}

TEST_F(TraceRecorderTest, WritesATraceAsJson) {
  SpanId query_id;
  TraceId trace_id;
  {
    Trace trace(tracer_, {});
    trace_id = trace.trace_id();
    Span root(&trace, spans::kHttpServer);
    root.name("GET /things");
    root.set(attributes::kHttpRoute, "/things");
    root.set(attributes::kHttpRequestMethod, "GET");
    root.set(attributes::kHttpResponseStatusCode, 200);
    root.set(attributes::kCorrelationId, "abc");
    clock_.advance(500'000);
    {
      const Span query(&trace, spans::kDbQuery);
      query_id = trace.span_id();
      trace.event(span_events::kDbRetry, {{attributes::kErrorType, "connection_lost"}});
      clock_.advance(1'000'000);
    }
  }
  const auto found = recorder_.find(trace_id);
  ASSERT_EQ(found.size(), 1U);
  JsonWriter text;
  write_trace_summary(found[0], text);
  auto json = nlohmann::json::parse(text.take());
  EXPECT_EQ(json.at("trace_id"), trace_id.to_hex());
  EXPECT_EQ(json.at("correlation_id"), "abc");
  EXPECT_EQ(json.at("route"), "/things");
  EXPECT_EQ(json.at("method"), "GET");
  EXPECT_EQ(json.at("status"), 200);
  EXPECT_EQ(json.at("duration_ms"), 1.5);
  EXPECT_EQ(json.at("start"), "2030-01-01T00:00:00.001000Z");
  EXPECT_EQ(json.at("error"), false);
  EXPECT_EQ(json.at("error_type"), nullptr);
  EXPECT_EQ(json.at("span_count"), 2);
  EXPECT_EQ(json.at("keep_reason"), "always_on");
  EXPECT_EQ(json.at("recorded_as"), nlohmann::json::parse(R"(["recent","slowest"])"));

  text.begin_array();
  write_spans(found[0].trace->buffer(), text);
  text.end_array();
  json = nlohmann::json::parse(text.take());
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(json[0].at("parent_span_id"), nullptr);
  EXPECT_EQ(json[0].at("kind"), "server");
  EXPECT_EQ(json[0].at("attributes").at("http.response.status_code"), 200);
  EXPECT_EQ(json[1].at("span_id"), query_id.to_hex());
  EXPECT_EQ(json[1].at("parent_span_id"), json[0].at("span_id"));
  EXPECT_EQ(json[1].at("start"), "2030-01-01T00:00:00.001500Z");
  EXPECT_EQ(json[1].at("events")[0].at("attributes").at("error.type"), "connection_lost");
}

TEST_F(TraceRecorderTest, StaysWithinItsMemoryUnderAFlood) {
  if (kHasOwnAllocator) GTEST_SKIP() << "the sanitizer's allocator keeps no such account";
  const std::size_t before = mallinfo2().uordblks;
  std::size_t most = 0;
  for (int i = 0; i < 40'000; ++i) {
    record({.route = "/route/" + std::to_string(i % 30), .is_error = i % 10 == 0});
    if (i % 500 == 0) (void)count({.limit = 1});  // the queue is emptied
    EXPECT_LE(recorder_.bytes(), recorder_.bytes_max());
    most = std::max(most, mallinfo2().uordblks);
  }
  EXPECT_GT(recorder_.count(), 1000U);
  EXPECT_GT(recorder_.bytes(), recorder_.bytes_max() * 3 / 4);
  EXPECT_LE(most - before, recorder_.bytes_max());
  RecordProperty("held_traces", static_cast<int>(recorder_.count()));
}

TEST_F(TraceRecorderTest, CountsWhatItsQueueHasNoRoomFor) {
  TraceRecorder small(1);
  auto trace = std::make_unique<TraceBuffer>();
  small.offer(trace, true);
  EXPECT_NE(trace, nullptr);
  EXPECT_EQ(small.missed_count(), 1U);
}

TEST_F(TraceRecorderTest, IsReadWhileThreadsRecord) {
  std::atomic<bool> is_over{false};
  const auto readers = start_threads(1, [&] {
    while (!is_over) {
      for (const FoundTrace& found : recorder_.find({.route = "/things", .limit = 50})) {
        JsonWriter text;
        write_trace_summary(found, text);
        write_spans(found.trace->buffer(), text);
      }
    }
  });
  run_in_threads(4, [this] {
    for (int i = 0; i < 2000; ++i) record({.is_error = i % 7 == 0});
  });
  is_over = true;
  EXPECT_EQ(ledger_.account(Signal::kTraces).sampled_out, 8000U);
  EXPECT_LE(recorder_.bytes(), recorder_.bytes_max());
}

}  // namespace
}  // namespace vigie::telemetry
