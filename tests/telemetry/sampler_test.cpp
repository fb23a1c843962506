#include "telemetry/sampler.hpp"

#include <gtest/gtest.h>

#include <array>

#include "telemetry/id_source.hpp"
#include "telemetry/sampling_state.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::uint64_t kLeast = 0;
constexpr std::uint64_t kMost = 0xFFFFFFFFFFFFFF;

constexpr std::array<SamplerKind, 6> kKinds{
    SamplerKind::kAlwaysOn,
    SamplerKind::kAlwaysOff,
    SamplerKind::kTraceIdRatio,
    SamplerKind::kParentBasedAlwaysOn,
    SamplerKind::kParentBasedAlwaysOff,
    SamplerKind::kParentBasedTraceIdRatio,
};

SamplingFacts with_randomness(std::uint64_t randomness) { return {.randomness = randomness}; }

SamplingFacts of_caller(bool is_sampled) {
  return {.has_remote = true, .is_sampled_by_caller = is_sampled};
}

TEST(Sampler, HasTheNamesOfTheSpecification) {
  for (SamplerKind kind : kKinds) EXPECT_EQ(parse_sampler(name_of(kind)), kind);
  EXPECT_EQ(name_of(SamplerKind::kParentBasedTraceIdRatio), "parentbased_traceidratio");
  EXPECT_FALSE(parse_sampler("jaeger_remote"));
}

TEST(Sampler, KeepsTheRandomnessThatIsNotBelowItsThreshold) {
  const Sampler quarter(SamplerKind::kTraceIdRatio, 0.25);
  EXPECT_TRUE(quarter.decide(with_randomness(0xC0000000000000)).is_kept);
  EXPECT_FALSE(quarter.decide(with_randomness(0xBFFFFFFFFFFFFF)).is_kept);
  EXPECT_EQ(quarter.decide(with_randomness(kMost)).threshold, 0xC0000000000000);
  EXPECT_TRUE(Sampler(SamplerKind::kTraceIdRatio, 1).decide(with_randomness(kLeast)).is_kept);
  EXPECT_FALSE(Sampler(SamplerKind::kTraceIdRatio, 0).decide(with_randomness(kMost)).is_kept);
}

TEST(Sampler, KeepsAboutTheRatioOfRealIds) {
  const Sampler tenth(SamplerKind::kTraceIdRatio, 0.1);
  int kept = 0;
  for (int i = 0; i < 20'000; ++i) {
    kept += tenth.decide(with_randomness(randomness_of(make_trace_id(), ""))).is_kept ? 1 : 0;
  }
  EXPECT_NEAR(kept, 2000, 300);
}

TEST(Sampler, FollowsTheCallerWhenParentBased) {
  for (SamplerKind kind : {SamplerKind::kParentBasedAlwaysOn, SamplerKind::kParentBasedAlwaysOff,
                           SamplerKind::kParentBasedTraceIdRatio}) {
    const Sampler sampler(kind, 0.5);
    EXPECT_TRUE(sampler.decide(of_caller(true)).is_kept) << name_of(kind);
    EXPECT_FALSE(sampler.decide(of_caller(false)).is_kept) << name_of(kind);
    EXPECT_EQ(sampler.decide(of_caller(false)).reason, DecisionReason::kCaller) << name_of(kind);
  }
}

TEST(Sampler, HearsNoCallerOtherwise) {
  EXPECT_TRUE(Sampler(SamplerKind::kAlwaysOn, 1).decide(of_caller(false)).is_kept);
  EXPECT_FALSE(Sampler(SamplerKind::kAlwaysOff, 1).decide(of_caller(true)).is_kept);
  EXPECT_FALSE(Sampler(SamplerKind::kTraceIdRatio, 0.5).decide(of_caller(true)).is_kept);
}

TEST(Sampler, DecidesByItselfWithoutACaller) {
  const auto decide = [](SamplerKind kind) {
    return Sampler(kind, 0.5).decide(with_randomness(kMost));
  };
  EXPECT_TRUE(decide(SamplerKind::kParentBasedAlwaysOn).is_kept);
  EXPECT_EQ(decide(SamplerKind::kParentBasedAlwaysOn).reason, DecisionReason::kAlwaysOn);
  EXPECT_FALSE(decide(SamplerKind::kParentBasedAlwaysOff).is_kept);
  EXPECT_EQ(decide(SamplerKind::kParentBasedAlwaysOff).reason, DecisionReason::kAlwaysOff);
  EXPECT_EQ(decide(SamplerKind::kParentBasedTraceIdRatio).reason, DecisionReason::kRatio);
}

TEST(Sampler, KeepsFailedSlowAndRequestedTracesUnlessOff) {
  SamplingFacts facts = of_caller(false);
  const auto reason = [&facts] {
    for (SamplerKind kind : kKinds) {
      const SamplingDecision decision = Sampler(kind, 0).decide(facts);
      EXPECT_EQ(decision.is_kept, kind != SamplerKind::kAlwaysOff) << name_of(kind);
      EXPECT_EQ(decision.threshold, 0) << name_of(kind);
    }
    return Sampler(SamplerKind::kTraceIdRatio, 0).decide(facts).reason;
  };
  facts.is_asked_for = true;
  EXPECT_EQ(reason(), DecisionReason::kAsked);
  facts.is_slow = true;
  EXPECT_EQ(reason(), DecisionReason::kSlow);
  facts.is_error = true;
  EXPECT_EQ(reason(), DecisionReason::kError);
}

TEST(Sampler, LeavesOutWhatRepeatsUnlessItIsAskedFor) {
  SamplingFacts facts = of_caller(true);
  facts.is_repeated = true;
  facts.is_slow = true;
  facts.is_error = true;
  const auto decide = [&facts] {
    return Sampler(SamplerKind::kParentBasedAlwaysOn, 1).decide(facts);
  };
  EXPECT_FALSE(decide().is_kept);
  EXPECT_EQ(decide().reason, DecisionReason::kRepeated);
  facts.is_asked_for = true;
  EXPECT_TRUE(decide().is_kept);
}

TEST(Sampler, ChangesItsRatioAtRunTime) {
  Sampler sampler(SamplerKind::kTraceIdRatio, 0);
  EXPECT_FALSE(sampler.decide(with_randomness(kMost)).is_kept);
  sampler.set_ratio(0.5);
  EXPECT_EQ(sampler.ratio(), 0.5);
  EXPECT_TRUE(sampler.decide(with_randomness(kMost)).is_kept);
}

TEST(Sampler, LeavesTheCallersWordWhenItGetsARatio) {
  Sampler sampler(SamplerKind::kParentBasedAlwaysOn, 0.5);
  EXPECT_EQ(sampler.ratio(), 1) << "the kind knows none";
  sampler.set_ratio(0);
  EXPECT_EQ(sampler.kind(), SamplerKind::kParentBasedTraceIdRatio);
  EXPECT_FALSE(sampler.decide(with_randomness(kMost)).is_kept);
  EXPECT_TRUE(sampler.decide(of_caller(true)).is_kept);
}

}  // namespace
}  // namespace vigie::telemetry
