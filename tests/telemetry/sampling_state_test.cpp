#include "telemetry/sampling_state.hpp"

#include <gtest/gtest.h>

namespace vigie::telemetry {
namespace {

constexpr std::uint64_t kAll = 0;
constexpr std::uint64_t kHalf = 0x80000000000000;

TraceId trace_id_of(std::uint8_t last) {
  TraceId id;
  id.bytes.fill(0xee);
  for (std::size_t i = 9; i < id.bytes.size(); ++i) id.bytes[i] = 0;
  id.bytes.back() = last;
  return id;
}

// Ratios and thresholds of the specification's examples.
TEST(Threshold, StandsForARatio) {
  EXPECT_EQ(threshold_of(1), 0);
  EXPECT_EQ(threshold_of(0.5), kHalf);
  EXPECT_EQ(threshold_of(0.25), 0xC0000000000000);
  EXPECT_EQ(threshold_of(0), std::uint64_t{1} << 56);
}

TEST(Threshold, HasFourDigitsBesideLeadingOnes) {
  EXPECT_EQ(with_threshold("", threshold_of(0.1)), "ot=th:e666");
  EXPECT_EQ(with_threshold("", threshold_of(1.0 / 3)), "ot=th:aaab");
  EXPECT_EQ(with_threshold("", threshold_of(0.001)), "ot=th:ffbe77");
}

TEST(Threshold, IsWrittenWithoutTrailingZeros) {
  EXPECT_EQ(with_threshold("", kAll), "ot=th:0");
  EXPECT_EQ(with_threshold("", kHalf), "ot=th:8");
  EXPECT_EQ(with_threshold("", 1), "ot=th:00000000000001");
}

TEST(Threshold, OfAVerySmallRatioIsStillBelowAll) {
  const std::uint64_t threshold = threshold_of(1e-15);
  EXPECT_LT(threshold, std::uint64_t{1} << 56);
  EXPECT_NEAR(static_cast<double>((std::uint64_t{1} << 56) - threshold), 72, 8);
}

TEST(Randomness, IsTheLast56BitsOfTheTraceId) {
  EXPECT_EQ(randomness_of(trace_id_of(7), ""), 7);
  EXPECT_EQ(randomness_of(trace_id_of(7), "a=b"), 7);
}

TEST(Randomness, IsTakenFromTheTracestate) {
  EXPECT_EQ(randomness_of(trace_id_of(7), "a=b, ot=th:0;rv:6e6d1a75832a2f"), 0x6e6d1a75832a2f);
}

TEST(Randomness, OfOursReplacesWhatACallerSaid) {
  EXPECT_EQ(with_randomness("", 0), "ot=rv:00000000000000");
  const std::string state =
      with_randomness("a=b, ot=th:0;rv:6e6d1a75832a2f;x:1,c=d", 0x0123456789abcd);
  EXPECT_EQ(state, "ot=rv:0123456789abcd,a=b,c=d");
  EXPECT_EQ(randomness_of(trace_id_of(7), state), 0x0123456789abcd);
  EXPECT_EQ(randomness_of(SpanId{.bytes = {9, 1, 2, 3, 4, 5, 6, 7}}), 0x01020304050607);
}

TEST(Randomness, IsNotTakenWhenMalformed) {
  for (const char* state :
       {"ot=rv:6e6d1a75832a2", "ot=rv:6E6d1a75832a2f", "ot=rv:6e6d1a75832a2ff",
        "ot=rv:6e6d1a75832a2g", "ot=rv", "ot=rv:", "rv=6e6d1a75832a2f", "xot=rv:6e6d1a75832a2f"}) {
    EXPECT_EQ(randomness_of(trace_id_of(7), state), 7) << state;
  }
}

TEST(SamplingState, ComesFirstAndLeavesOthersInOrder) {
  EXPECT_EQ(with_threshold("a=1,b=2", kHalf), "ot=th:8,a=1,b=2");
  EXPECT_EQ(with_threshold("a=1 ,, b=2", kHalf), "ot=th:8,a=1,b=2");
}

TEST(SamplingState, ReplacesTheThresholdAlone) {
  EXPECT_EQ(with_threshold("a=1,ot=p:8;th:c;rv:6e6d1a75832a2f,b=2", kHalf),
            "ot=th:8;rv:6e6d1a75832a2f;p:8,a=1,b=2");
}

TEST(SamplingState, LeavesOutTheLastOfTooManyMembers) {
  std::string full = "k0=1";
  for (int i = 1; i < 31; ++i) full += ",k" + std::to_string(i) + "=1";
  EXPECT_EQ(with_threshold(full + ",k31=1", kHalf), "ot=th:8," + full);
  EXPECT_EQ(with_threshold(full + ",ot=th:c", kHalf), "ot=th:8," + full);
}

TEST(SamplingState, NeverOutgrowsAValue) {
  const std::string full = "x:" + std::string(254, 'y');
  EXPECT_EQ(with_threshold("ot=" + full, kHalf), "ot=th:8");
  const std::string before = "x:" + std::string(235, 'y') + ";rv:6e6d1a75832a2f";
  EXPECT_EQ(with_threshold("ot=" + before, kHalf), "ot=th:8;rv:6e6d1a75832a2f") << "rv goes first";
}

}  // namespace
}  // namespace vigie::telemetry
