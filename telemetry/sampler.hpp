#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string_view>

#include "telemetry/sampling_decision.hpp"

namespace vigie::telemetry {

/// The kinds of OTEL_TRACES_SAMPLER.
enum class SamplerKind : std::uint8_t {
  kAlwaysOn,
  kAlwaysOff,
  kTraceIdRatio,
  kParentBasedAlwaysOn,
  kParentBasedAlwaysOff,
  kParentBasedTraceIdRatio,
};

/// As in OTEL_TRACES_SAMPLER.
std::string_view name_of(SamplerKind kind) noexcept;
std::optional<SamplerKind> parse_sampler(std::string_view name) noexcept;

/// What is known of a trace when it is decided.
struct SamplingFacts {
  /// 56 bits: those of its tracestate, or the last ones of its id.
  std::uint64_t randomness = 0;
  bool has_remote = false;
  bool is_sampled_by_caller = false;
  bool is_error = false;
  bool is_slow = false;
  bool is_asked_for = false;
  bool is_repeated = false;
};

/// Decides whether a finished trace is kept. Beyond what the kinds say, traces that failed, were
/// slow or are asked for are kept by every kind but always_off; those that repeat what others say
/// are left out, unless they are asked for. Thread-safe.
class Sampler {
 public:
  /// Pre: 0 ≤ ratio ≤ 1.
  Sampler(SamplerKind kind, double ratio) noexcept;

  SamplingDecision decide(const SamplingFacts& facts) const noexcept;

  SamplerKind kind() const noexcept { return kind_.load(std::memory_order_relaxed); }
  /// Of the traces that it is left to: 1 or 0 when the kind knows no ratio.
  double ratio() const noexcept;
  /// At run time. The kind becomes that of a ratio; a caller's word still counts where it did.
  void set_ratio(double ratio) noexcept;

 private:
  SamplingDecision decide_by_kind(const SamplingFacts& facts) const noexcept;
  void store_ratio(double ratio) noexcept;

  std::atomic<SamplerKind> kind_;
  std::atomic<double> ratio_{1};
  /// Traces whose randomness is below it are left out, as OpenTelemetry's probability sampling
  /// says, so that every process decides alike.
  std::atomic<std::uint64_t> threshold_{0};
};

}  // namespace vigie::telemetry
