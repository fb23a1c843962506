#include "telemetry/sampler.hpp"

namespace vigie::telemetry {
namespace {

constexpr double kRandomValues = 72057594037927936.0;  // 2^56

}  // namespace

Sampler::Sampler(SamplerKind kind, double ratio) noexcept : kind_(kind), threshold_(0) {
  set_ratio(ratio);
}

void Sampler::set_ratio(double ratio) noexcept {
  threshold_.store(static_cast<std::uint64_t>((1.0 - ratio) * kRandomValues),
                   std::memory_order_relaxed);
}

bool Sampler::is_kept_by_ratio(const TraceId& trace_id) const noexcept {
  std::uint64_t randomness = 0;
  for (std::size_t i = 9; i < 16; ++i) randomness = randomness << 8 | trace_id.bytes[i];
  return randomness >= threshold_.load(std::memory_order_relaxed);
}

bool Sampler::is_kept_by_head(const SamplingFacts& facts) const noexcept {
  switch (kind_) {
    case SamplerKind::kAlwaysOn:
      return true;
    case SamplerKind::kAlwaysOff:
      return false;
    case SamplerKind::kTraceIdRatio:
      return is_kept_by_ratio(facts.trace_id);
    case SamplerKind::kParentBasedAlwaysOn:
      return !facts.has_remote || facts.is_sampled_by_caller;
    case SamplerKind::kParentBasedAlwaysOff:
      return facts.is_sampled_by_caller;
    case SamplerKind::kParentBasedTraceIdRatio:
      return facts.has_remote ? facts.is_sampled_by_caller : is_kept_by_ratio(facts.trace_id);
  }
  return false;
}

bool Sampler::is_kept(const SamplingFacts& facts) const noexcept {
  if (kind_ == SamplerKind::kAlwaysOff) return false;
  return facts.is_error || facts.is_asked_for || is_kept_by_head(facts);
}

}  // namespace vigie::telemetry
