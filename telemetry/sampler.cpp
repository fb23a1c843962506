#include "telemetry/sampler.hpp"

#include <algorithm>
#include <array>

#include "telemetry/sampling_state.hpp"

namespace vigie::telemetry {
namespace {

// In the order of SamplerKind.
constexpr std::array<std::string_view, 6> kNames = {
    "always_on",
    "always_off",
    "traceidratio",
    "parentbased_always_on",
    "parentbased_always_off",
    "parentbased_traceidratio",
};

constexpr bool is_parent_based(SamplerKind kind) noexcept {
  return kind >= SamplerKind::kParentBasedAlwaysOn;
}

constexpr bool has_ratio(SamplerKind kind) noexcept {
  return kind == SamplerKind::kTraceIdRatio || kind == SamplerKind::kParentBasedTraceIdRatio;
}

}  // namespace

std::string_view name_of(SamplerKind kind) noexcept {
  return kNames[static_cast<std::size_t>(kind)];
}

std::optional<SamplerKind> parse_sampler(std::string_view name) noexcept {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<SamplerKind>(found - kNames.begin());
}

Sampler::Sampler(SamplerKind kind, double ratio) noexcept : kind_(kind) {
  const bool is_on = kind == SamplerKind::kAlwaysOn || kind == SamplerKind::kParentBasedAlwaysOn;
  store_ratio(has_ratio(kind) ? ratio : is_on ? 1 : 0);
}

double Sampler::ratio() const noexcept { return ratio_.load(std::memory_order_relaxed); }

void Sampler::set_ratio(double ratio) noexcept {
  store_ratio(ratio);
  kind_.store(
      is_parent_based(kind()) ? SamplerKind::kParentBasedTraceIdRatio : SamplerKind::kTraceIdRatio,
      std::memory_order_relaxed);
}

void Sampler::store_ratio(double ratio) noexcept {
  ratio_.store(ratio, std::memory_order_relaxed);
  threshold_.store(threshold_of(ratio), std::memory_order_relaxed);
}

SamplingDecision Sampler::decide_by_kind(const SamplingFacts& facts) const noexcept {
  const SamplerKind now = kind();
  if (is_parent_based(now) && facts.has_remote) {
    return {facts.is_sampled_by_caller, DecisionReason::kCaller};
  }
  switch (now) {
    case SamplerKind::kAlwaysOn:
    case SamplerKind::kParentBasedAlwaysOn:
      return {true, DecisionReason::kAlwaysOn};
    case SamplerKind::kAlwaysOff:
    case SamplerKind::kParentBasedAlwaysOff:
      return {false, DecisionReason::kAlwaysOff};
    default:
      const std::uint64_t threshold = threshold_.load(std::memory_order_relaxed);
      return {facts.randomness >= threshold, DecisionReason::kRatio, threshold};
  }
}

SamplingDecision Sampler::decide(const SamplingFacts& facts) const noexcept {
  if (kind() == SamplerKind::kAlwaysOff) return {false, DecisionReason::kAlwaysOff};
  if (facts.is_repeated && !facts.is_asked_for) return {false, DecisionReason::kRepeated};
  if (facts.is_error) return {true, DecisionReason::kError};
  if (facts.is_slow) return {true, DecisionReason::kSlow};
  if (facts.is_asked_for) return {true, DecisionReason::kAsked};
  return decide_by_kind(facts);
}

}  // namespace vigie::telemetry
