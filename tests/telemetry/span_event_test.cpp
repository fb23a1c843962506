#include <gtest/gtest.h>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/span_events.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/trace.hpp"
#include "tests/fakes/captured_telemetry.hpp"

namespace vigie::telemetry {
namespace {

class SpanEventTest : public testing::Test {
 protected:
  /// The span that `record` was called with, as it was captured.
  template <typename Record>
  fakes::CapturedSpan captured(const Record& record) {
    Trace trace(told_.tracer, {});
    {
      Span span(&trace, spans::kHttpServer);
      record(trace, span);
    }
    EXPECT_TRUE(trace.finish());
    return told_.traces.spans().back();
  }

  fakes::CapturedTelemetry told_;
};

TEST_F(SpanEventTest, HasItsTimeAndAttributes) {
  const auto span = captured([](Trace&, Span& open) {
    open.event(span_events::kException, {{attributes::kExceptionType, "std::bad_alloc"},
                                         {attributes::kExceptionMessage, std::string(1000, 'x')}});
    open.event(span_events::kException);
  });
  ASSERT_EQ(span.events.size(), 2);
  EXPECT_EQ(span.events[0].name, "exception");
  EXPECT_EQ(span.events[0].attributes.at("exception.type"), "std::bad_alloc");
  EXPECT_EQ(span.events[0].attributes.at("exception.message"),
            std::string(kAttributeBytesMax, 'x'));
  EXPECT_GT(span.events[0].utc_ns, span.start_utc_ns);
  EXPECT_GT(span.events[1].utc_ns, span.events[0].utc_ns);
  EXPECT_LT(span.events[1].utc_ns, span.end_utc_ns);
  EXPECT_EQ(told_.ledger.cuts(CutReason::kTooLong), 1);
}

TEST_F(SpanEventTest, RefusesUndeclaredAttributes) {
  const auto span = captured([](Trace&, Span& open) {
    open.event(span_events::kException,
               {{attributes::kUserAgent, "curl"}, {attributes::kExceptionType, "x"}});
  });
  EXPECT_EQ(span.events.at(0).attributes.size(), 1);
  EXPECT_EQ(told_.ledger.cuts(CutReason::kUndeclared), 1);
}

TEST_F(SpanEventTest, IsLimitedInNumber) {
  const auto span = captured([](Trace&, Span& open) {
    for (std::uint32_t i = 0; i < kSpanEventsMax + 3; ++i) open.event(span_events::kException);
    for (std::uint32_t i = 0; i < kSpanLinksMax + 2; ++i) open.link(TraceId{{1}}, SpanId{{2}});
  });
  EXPECT_EQ(span.events.size(), kSpanEventsMax);
  EXPECT_EQ(span.links.size(), kSpanLinksMax);
  EXPECT_EQ(span.extra.dropped_event_count, 3);
  EXPECT_EQ(span.extra.dropped_link_count, 2);
  EXPECT_EQ(told_.ledger.cuts(CutReason::kEventLimit), 3);
  EXPECT_EQ(told_.ledger.cuts(CutReason::kLinkLimit), 2);
}

TEST_F(SpanEventTest, IsBoundedInMemory) {
  Tracer small({SamplerKind::kAlwaysOn, 1, 1024}, told_.clock, told_.ledger, &told_.traces);
  {
    Trace trace(small, {});
    Span span(&trace, spans::kHttpServer);
    for (int i = 0; i < 20; ++i) {
      span.event(span_events::kException, {{attributes::kExceptionMessage, std::string(200, 'x')}});
    }
  }
  const auto span = told_.traces.spans().at(0);
  EXPECT_EQ(span.events.size() + span.extra.dropped_event_count, 20);
  EXPECT_GT(told_.ledger.cuts(CutReason::kNoMemory), 10);
}

TEST_F(SpanEventTest, OfATraceIsThatOfItsInnermostOpenSpan) {
  const auto root = captured([](Trace& trace, Span&) {
    {
      const Span query(&trace, spans::kDbQuery);
      trace.event(span_events::kDbRetry);
      trace.link(TraceId{{0xab}}, SpanId{{0xcd}});
    }
    trace.event(span_events::kException);
  });
  (void)root;
  const auto query = told_.traces.span("{query}");
  EXPECT_EQ(query.events.at(0).name, "vigie.db.retry");
  EXPECT_EQ(query.links.at(0), "ab" + std::string(30, '0') + "-cd" + std::string(14, '0'));
  EXPECT_EQ(told_.traces.span("{method} {route}").events.at(0).name, "exception");
}

TEST_F(SpanEventTest, WithoutOpenSpanIsNothing) {
  Trace trace(told_.tracer, {});
  trace.event(span_events::kException);
  trace.link(TraceId{{1}}, SpanId{{2}});
  EXPECT_FALSE(trace.finish());
}

TEST_F(SpanEventTest, DescribesOnlyFailure) {
  const auto failed =
      captured([](Trace&, Span& open) { open.error("internal", std::string(300, 'd')); });
  EXPECT_TRUE(failed.is_error);
  EXPECT_EQ(failed.description, std::string(kAttributeBytesMax, 'd'));
  EXPECT_EQ(captured([](Trace&, Span& open) { open.error("internal"); }).description, "");
}

TEST_F(SpanEventTest, CountsWhatASpanLost) {
  const auto span = captured([](Trace&, Span& open) {
    open.set(attributes::kDbPoolName, "shared");
    open.set(attributes::kDbReturnedRows, 1);
  });
  EXPECT_EQ(span.extra.dropped_attribute_count, 2);
}

}  // namespace
}  // namespace vigie::telemetry
