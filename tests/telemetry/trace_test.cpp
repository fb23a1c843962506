#include "telemetry/trace.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

class TraceTest : public testing::Test {
 protected:
  Account account() const { return told_.ledger.account(Signal::kTraces); }

  fakes::CapturedTelemetry told_;
};

TraceParent caller(std::uint8_t flags) {
  TraceParent parent;
  parent.trace_id.bytes.fill(0xab);
  parent.span_id.bytes.fill(0xcd);
  parent.flags = flags;
  parent.tracestate = "a=b";
  return parent;
}

TEST_F(TraceTest, RecordsASpanWithItsAttributes) {
  Trace trace(told_.tracer, {});
  {
    Span span(&trace, spans::kHttpServer);
    span.name("GET /api/v1/events");
    span.set(attributes::kHttpRoute, "/api/v1/events");
    span.set(attributes::kHttpResponseStatusCode, 200);
  }
  EXPECT_TRUE(trace.finish());
  const fakes::CapturedSpan span = told_.traces.span("GET /api/v1/events");
  EXPECT_EQ(span.kind, SpanKind::kServer);
  EXPECT_EQ(span.trace_id, trace.trace_id().to_hex());
  EXPECT_EQ(span.parent_span_id, "");
  EXPECT_EQ(span.attributes.at("http.route"), "/api/v1/events");
  EXPECT_EQ(span.attributes.at("http.response.status_code"), "200");
  EXPECT_GT(span.end_utc_ns, span.start_utc_ns);
  EXPECT_GT(span.start_utc_ns, fakes::FakeTelemetryClock::kStartUtcNs);
}

TEST_F(TraceTest, NestsSpans) {
  Trace trace(told_.tracer, {});
  {
    const Span root(&trace, spans::kHttpServer);
    {
      const Span query(&trace, spans::kDbQuery);
      const Span wait(&trace, spans::kDbConnectionWait);
    }
    const Span hash(&trace, spans::kPasswordHash);
  }
  trace.finish();
  const std::string root_id = told_.traces.span("{method} {route}").span_id;
  EXPECT_EQ(told_.traces.span("{query}").parent_span_id, root_id);
  EXPECT_EQ(told_.traces.span("db.connection.wait").parent_span_id,
            told_.traces.span("{query}").span_id);
  EXPECT_EQ(told_.traces.span("auth.password_hash").parent_span_id, root_id);
}

TEST_F(TraceTest, JoinsTheCallersTrace) {
  Trace trace(told_.tracer, caller(kSampledFlag));
  { const Span span(&trace, spans::kHttpServer); }
  trace.finish();
  EXPECT_TRUE(trace.is_sampled_by_caller());
  EXPECT_EQ(trace.tracestate(), "a=b");
  const fakes::CapturedSpan span = told_.traces.span("{method} {route}");
  EXPECT_EQ(span.trace_id, caller(0).trace_id.to_hex());
  EXPECT_EQ(span.parent_span_id, caller(0).span_id.to_hex());
}

TEST_F(TraceTest, TellsTheInnermostOpenSpanToOthers) {
  Trace trace(told_.tracer, {});
  const std::string before = trace.span_id().to_hex();
  Span root(&trace, spans::kHttpServer);
  EXPECT_EQ(trace.span_id().to_hex(), before);
  {
    const Span query(&trace, spans::kDbQuery);
    EXPECT_NE(trace.span_id().to_hex(), before);
    EXPECT_EQ(trace.traceparent(),
              format_traceparent(trace.trace_id(), trace.span_id(), kSampledFlag | kRandomFlag));
  }
  EXPECT_EQ(trace.span_id().to_hex(), before);
  root.end();
  EXPECT_EQ(trace.span_id().to_hex(), before);
}

TEST_F(TraceTest, TellsRandomnessOfItsIdAsTheCallerDid) {
  const auto flags = [this](const std::optional<TraceParent>& remote) {
    Trace trace(told_.tracer, remote);
    const Span span(&trace, spans::kHttpServer);
    return trace.traceparent().substr(53);
  };
  EXPECT_EQ(flags({}), "03") << "ours are random";
  EXPECT_EQ(flags(caller(kRandomFlag)), "03");
  EXPECT_EQ(flags(caller(0xFD)), "01") << "and no flag that nobody knows";
}

TEST_F(TraceTest, RefusesUndeclaredAttributes) {
  Trace trace(told_.tracer, {});
  {
    Span span(&trace, spans::kPasswordHash);
    span.set(attributes::kUserAgent, "curl");
  }
  trace.finish();
  EXPECT_TRUE(told_.traces.spans().at(0).attributes.empty());
  EXPECT_EQ(told_.ledger.cuts(CutReason::kUndeclared), 1);
}

TEST_F(TraceTest, CutsLongValues) {
  Trace trace(told_.tracer, {});
  {
    Span span(&trace, spans::kHttpServer);
    span.set(attributes::kUserAgent, std::string(1000, 'x'));
  }
  trace.finish();
  EXPECT_EQ(told_.traces.spans().at(0).attributes.at("user_agent.name"),
            std::string(kAttributeBytesMax, 'x'));
  EXPECT_EQ(told_.ledger.cuts(CutReason::kTooLong), 1);
}

TEST_F(TraceTest, KeepsTheLastValueOfAnAttribute) {
  Trace trace(told_.tracer, {});
  {
    Span span(&trace, spans::kHttpServer);
    span.set(attributes::kHttpRoute, "a");
    span.set(attributes::kHttpRoute, "b");
    span.set(attributes::kUserId, AttributeValue());
  }
  trace.finish();
  const auto attributes = told_.traces.spans().at(0).attributes;
  EXPECT_EQ(attributes.at("http.route"), "b");
  EXPECT_EQ(attributes.size(), 2) << "and why it was kept";
}

TEST_F(TraceTest, MarksErrors) {
  Trace trace(told_.tracer, {});
  {
    Span span(&trace, spans::kHttpServer);
    span.error("internal");
  }
  trace.finish();
  EXPECT_TRUE(told_.traces.spans().at(0).is_error);
  EXPECT_EQ(told_.traces.spans().at(0).attributes.at("error.type"), "internal");
}

TEST_F(TraceTest, KeepsFailedTracesAgainstTheRatio) {
  Tracer none({SamplerKind::kTraceIdRatio, 0}, told_.clock, told_.ledger, &told_.traces);
  Trace good(none, {});
  { const Span span(&good, spans::kHttpServer); }
  EXPECT_FALSE(good.finish());
  Trace failed(none, {});
  {
    Span span(&failed, spans::kHttpServer);
    span.error("internal");
  }
  EXPECT_TRUE(failed.finish());
  Trace inner(none, {});
  {
    const Span root(&inner, spans::kHttpServer);
    Span query(&inner, spans::kDbQuery);
    query.error("23505");
  }
  EXPECT_FALSE(inner.finish()) << "an error that the request survived does not keep its trace";
}

TEST_F(TraceTest, SaysWhyItWasKept) {
  Tracer none({SamplerKind::kParentBasedTraceIdRatio, 0}, told_.clock, told_.ledger, &told_.traces);
  const auto reason = [&](const std::optional<TraceParent>& remote, const auto& prepare) {
    Trace trace(none, remote);
    {
      Span span(&trace, spans::kHttpServer);
      prepare(trace, span);
    }
    EXPECT_TRUE(trace.finish());
    return told_.traces.spans().back().attributes.at("vigie.trace.keep_reason");
  };
  EXPECT_EQ(reason({}, [](Trace& trace, Span&) { trace.keep(); }), "asked");
  EXPECT_EQ(reason({}, [](Trace&, Span& span) { span.error("internal"); }), "error");
  EXPECT_EQ(reason({}, [](Trace& trace, Span&) { trace.mark_slow(); }), "slow");
  EXPECT_EQ(reason(caller(kSampledFlag), [](Trace&, Span&) {}), "caller");
}

TEST_F(TraceTest, CountsEveryDecision) {
  Tracer none({SamplerKind::kParentBasedTraceIdRatio, 0}, told_.clock, told_.ledger, &told_.traces);
  for (const auto& remote : {std::optional<TraceParent>(), std::optional(caller(kSampledFlag)),
                             std::optional(caller(0)), std::optional(caller(0))}) {
    Trace trace(none, remote);
    const Span span(&trace, spans::kHttpServer);
  }
  EXPECT_EQ(none.decisions(false, DecisionReason::kRatio), 1);
  EXPECT_EQ(none.decisions(true, DecisionReason::kCaller), 1);
  EXPECT_EQ(none.decisions(false, DecisionReason::kCaller), 2);
  EXPECT_EQ(none.decisions(true, DecisionReason::kRatio), 0);
}

TEST_F(TraceTest, TellsItsWeightInTheTracestate) {
  Tracer all({SamplerKind::kTraceIdRatio, 1}, told_.clock, told_.ledger, &told_.traces);
  TraceParent remote = caller(kSampledFlag);
  remote.tracestate = "a=b,ot=th:c;rv:ffffffffffffff";
  {
    Trace trace(all, remote);
    const Span span(&trace, spans::kHttpServer);
  }
  EXPECT_EQ(told_.traces.spans().back().tracestate, "ot=th:0;rv:ffffffffffffff,a=b");
  all.sampler().set_ratio(0.5);
  {
    Trace trace(all, remote);
    const Span span(&trace, spans::kHttpServer);
  }
  EXPECT_EQ(told_.traces.spans().back().tracestate, "ot=th:8;rv:ffffffffffffff,a=b");
}

TEST_F(TraceTest, LeavesTheWeightOfTheCallersDecisionAlone) {
  Tracer parent_based({}, told_.clock, told_.ledger, &told_.traces);
  TraceParent remote = caller(kSampledFlag);
  remote.tracestate = "a=b,ot=th:c";
  {
    Trace trace(parent_based, remote);
    const Span span(&trace, spans::kHttpServer);
  }
  EXPECT_EQ(told_.traces.spans().back().tracestate, "a=b,ot=th:c");
}

TEST_F(TraceTest, SaysWhyAlsoWhenItsMemoryIsUsedUp) {
  Tracer small({SamplerKind::kAlwaysOn, 1, 4096}, told_.clock, told_.ledger, &told_.traces);
  {
    Trace trace(small, {});
    const Span root(&trace, spans::kHttpServer);
    for (int i = 0; i < 1000; ++i) const Span span(&trace, spans::kDbQuery);
  }
  EXPECT_EQ(told_.traces.spans().at(0).attributes.at("vigie.trace.keep_reason"), "always_on");
}

TEST_F(TraceTest, CountsEverySpanOnce) {
  Tracer none({SamplerKind::kTraceIdRatio, 0}, told_.clock, told_.ledger, &told_.traces);
  for (Tracer* tracer : {&told_.tracer, &none}) {
    Trace trace(*tracer, {});
    const Span root(&trace, spans::kHttpServer);
    const Span query(&trace, spans::kDbQuery);
  }
  told_.traces.set_full(true);
  {
    Trace trace(told_.tracer, {});
    const Span root(&trace, spans::kHttpServer);
  }
  EXPECT_EQ(account().created, 5);
  EXPECT_EQ(account().queued, 2);
  EXPECT_EQ(account().sampled_out, 2);
  EXPECT_EQ(account().dropped[static_cast<std::size_t>(DropReason::kQueueFull)], 1);
  EXPECT_TRUE(account().is_balanced());
}

TEST_F(TraceTest, IsBoundedInMemory) {
  Tracer small({SamplerKind::kAlwaysOn, 1, 4096}, told_.clock, told_.ledger, &told_.traces);
  {
    Trace trace(small, {});
    const Span root(&trace, spans::kHttpServer);
    for (int i = 0; i < 1000; ++i) {
      Span span(&trace, spans::kDbQuery);
      span.set(attributes::kDbQuerySummary, "event_by_id");
    }
  }
  EXPECT_EQ(account().created, 1001);
  EXPECT_EQ(account().queued, static_cast<std::int64_t>(told_.traces.spans().size()));
  EXPECT_GT(account().dropped[static_cast<std::size_t>(DropReason::kTooLarge)], 900);
  EXPECT_TRUE(account().is_balanced());
}

TEST_F(TraceTest, GrowsBeyondItsFirstMemory) {
  Trace trace(told_.tracer, {});
  for (int i = 0; i < 100; ++i) {
    Span span(&trace, spans::kDbQuery);
    span.name("query_" + std::to_string(i));
    span.set(attributes::kDbQuerySummary, std::string(100, 'q'));
  }
  EXPECT_TRUE(trace.finish());
  ASSERT_EQ(told_.traces.spans().size(), 100);
  EXPECT_EQ(told_.traces.span("query_57").attributes.at("db.query.summary"), std::string(100, 'q'));
}

TEST_F(TraceTest, EndsOpenSpansWhenItFinishes) {
  auto trace = std::make_unique<Trace>(told_.tracer, std::nullopt);
  Span root(trace.get(), spans::kHttpServer);
  Span query(trace.get(), spans::kDbQuery);
  EXPECT_TRUE(trace->finish());
  for (const fakes::CapturedSpan& span : told_.traces.spans()) EXPECT_GT(span.end_utc_ns, 0);
  query.set(attributes::kDbQuerySummary, "late");
  query.end();
  root.end();
  EXPECT_EQ(account().created, 2);
}

TEST_F(TraceTest, MakesIdsWithoutRecording) {
  Tracer off({}, told_.clock, told_.ledger, nullptr);
  Trace trace(off, caller(kSampledFlag));
  Span span(&trace, spans::kHttpServer);
  EXPECT_FALSE(span.is_recording());
  EXPECT_EQ(trace.trace_id(), caller(0).trace_id);
  EXPECT_TRUE(trace.span_id().is_valid());
  EXPECT_TRUE(trace.traceparent().ends_with("-01"));
  EXPECT_FALSE(trace.finish());
  EXPECT_EQ(account().created, 0);
}

TEST_F(TraceTest, SpanWithoutTraceDoesNothing) {
  Span span(nullptr, spans::kHttpServer);
  span.set(attributes::kHttpRoute, "x");
  span.error("x");
  span.end();
  EXPECT_EQ(account().created, 0);
}

TEST_F(TraceTest, IsRecordedByManyThreads) {
  std::vector<std::jthread> threads = start_threads(4, [this] {
    for (int n = 0; n < 500; ++n) {
      Trace trace(told_.tracer, {});
      const Span root(&trace, spans::kHttpServer);
      const Span query(&trace, spans::kDbQuery);
    }
  });
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(account().is_balanced());
  threads.clear();
  EXPECT_EQ(account().created, 4000);
  EXPECT_EQ(told_.traces.spans().size(), 4000);
}

}  // namespace
}  // namespace vigie::telemetry
