#include "telemetry/trace_context.hpp"

#include <gtest/gtest.h>

#include <set>

#include "telemetry/correlation_id.hpp"
#include "telemetry/id_source.hpp"

namespace vigie::telemetry {
namespace {

const std::string kTrace = "0af7651916cd43dd8448eb211c80319c";
const std::string kSpan = "b7ad6b7169203331";
const std::string kParent = "00-" + kTrace + "-" + kSpan + "-01";

bool is_accepted(const std::string& traceparent) {
  return parse_traceparent(traceparent, "").has_value();
}

std::string tracestate_of(const std::string& tracestate) {
  return parse_traceparent(kParent, tracestate).value().tracestate;
}

TEST(TraceParent, IsReadAndWrittenBack) {
  const auto parent = parse_traceparent(kParent, "");
  ASSERT_TRUE(parent);
  EXPECT_EQ(parent->trace_id.to_hex(), kTrace);
  EXPECT_EQ(parent->span_id.to_hex(), kSpan);
  EXPECT_TRUE(parent->is_sampled());
  EXPECT_EQ(format_traceparent(parent->trace_id, parent->span_id, parent->flags), kParent);
}

TEST(TraceParent, IgnoresUnknownFlags) {
  EXPECT_TRUE(parse_traceparent("00-" + kTrace + "-" + kSpan + "-ff", "")->is_sampled());
  EXPECT_FALSE(parse_traceparent("00-" + kTrace + "-" + kSpan + "-fe", "")->is_sampled());
}

TEST(TraceParent, IsReadFromAFutureVersion) {
  EXPECT_TRUE(is_accepted("cc-" + kTrace + "-" + kSpan + "-01"));
  EXPECT_TRUE(is_accepted("cc-" + kTrace + "-" + kSpan + "-01-what-the-future-holds"));
  EXPECT_FALSE(is_accepted("cc-" + kTrace + "-" + kSpan + "-01.what"));
}

// Cases of the W3C trace-context test suite.
TEST(TraceParent, RefusesWhatIsMalformed) {
  EXPECT_FALSE(is_accepted(""));
  EXPECT_FALSE(is_accepted("ff-" + kTrace + "-" + kSpan + "-01"));
  EXPECT_FALSE(is_accepted("0-" + kTrace + "-" + kSpan + "-01"));
  EXPECT_FALSE(is_accepted("000-" + kTrace + "-" + kSpan + "-01"));
  EXPECT_FALSE(is_accepted(".0-" + kTrace + "-" + kSpan + "-01"));
  EXPECT_FALSE(is_accepted(kParent + "-extra"));
  EXPECT_FALSE(is_accepted(kParent + "x"));
  EXPECT_FALSE(is_accepted("00-" + std::string(32, '0') + "-" + kSpan + "-01"));
  EXPECT_FALSE(is_accepted("00-" + kTrace + "-" + std::string(16, '0') + "-01"));
  EXPECT_FALSE(is_accepted("00-" + kTrace.substr(1) + "-" + kSpan + "-01"));
  EXPECT_FALSE(is_accepted("00-" + kTrace + "-" + kSpan.substr(1) + "-01"));
  EXPECT_FALSE(is_accepted("00-" + kTrace + "-" + kSpan + "-.0"));
  EXPECT_FALSE(is_accepted("00-" + kTrace + "-" + kSpan + "-1"));
  EXPECT_FALSE(is_accepted("00-0AF7651916CD43DD8448EB211C80319C-" + kSpan + "-01"));
  EXPECT_FALSE(is_accepted("00_" + kTrace + "-" + kSpan + "-01"));
}

TEST(TraceParent, AllowsBlanksAroundTheValue) { EXPECT_TRUE(is_accepted(" " + kParent + "\t")); }

TEST(TraceState, IsKeptAsReceived) {
  EXPECT_EQ(tracestate_of("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
            "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE");
  EXPECT_EQ(tracestate_of("fw529a3039@dt=FfffFfff"), "fw529a3039@dt=FfffFfff");
  EXPECT_EQ(tracestate_of("foo=1 \t , \t bar=2"), "foo=1 \t , \t bar=2");
  EXPECT_EQ(tracestate_of("foo=1,,bar=2"), "foo=1,,bar=2");
}

// A key may hold any number of @ since level 2.
TEST(TraceState, TakesEveryKeyOfLevelTwo) {
  for (const std::string& state :
       {std::string("foo@=1,bar=2"), std::string("foo@@bar=1"), std::string("foo@bar@baz=1"),
        std::string("0=1"), std::string(256, 'z') + "=1", "t@" + std::string(15, 'v') + "=1",
        std::string(242, 't') + "@v=1"}) {
    EXPECT_EQ(tracestate_of(state), state);
  }
}

TEST(TraceState, KeepsAKeyThatStandsTwice) { EXPECT_EQ(tracestate_of("a=1,a=2"), "a=1,a=2"); }

TEST(TraceState, HasAtMost32Members) {
  std::string many = "k0=1";
  for (int i = 1; i < 32; ++i) many += ",k" + std::to_string(i) + "=1";
  EXPECT_EQ(tracestate_of(many), many);
  EXPECT_EQ(tracestate_of(many + ",one=more"), "");
}

TEST(TraceState, IsLeftOutWhenMalformedButTheParentIsKept) {
  for (const std::string& state :
       {std::string("foo =1"), std::string("FOO=1"), std::string("foo.bar=1"),
        std::string("@foo=1,bar=2"), std::string("foo=bar=baz"), std::string("foo=,bar=3"),
        std::string("foo="), std::string("foo"), std::string("=1"), std::string("foo=\x7f"),
        std::string(257, 'z') + "=1", "a=" + std::string(257, 'z'),
        "a=" + std::string(250, 'z') + ",b=" + std::string(250, 'z') + ",c=123456"}) {
    EXPECT_EQ(tracestate_of(state), "") << state;
  }
}

TEST(CorrelationId, IsOneTo128SafeCharacters) {
  EXPECT_TRUE(is_valid_correlation_id("a"));
  EXPECT_TRUE(is_valid_correlation_id("Order-7.2_x"));
  EXPECT_TRUE(is_valid_correlation_id(std::string(128, 'x')));
  EXPECT_FALSE(is_valid_correlation_id(""));
  EXPECT_FALSE(is_valid_correlation_id(std::string(129, 'x')));
  EXPECT_FALSE(is_valid_correlation_id("a b"));
  EXPECT_FALSE(is_valid_correlation_id("a\r\nSet-Cookie: x"));
  EXPECT_FALSE(is_valid_correlation_id("\xc3\xa9"));
}

TEST(Ids, AreValidAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(make_trace_id().is_valid());
    EXPECT_TRUE(seen.insert(make_trace_id().to_hex()).second);
    EXPECT_TRUE(seen.insert(make_span_id().to_hex()).second);
  }
}

}  // namespace
}  // namespace vigie::telemetry
