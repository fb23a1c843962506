#pragma once

#include <atomic>
#include <cstdint>

#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

enum class SamplerKind : std::uint8_t {
  kAlwaysOn,
  kAlwaysOff,
  kTraceIdRatio,
  kParentBasedAlwaysOn,
  kParentBasedAlwaysOff,
  kParentBasedTraceIdRatio,
};

/// What is known of a trace when it is decided.
struct SamplingFacts {
  TraceId trace_id;
  bool has_remote = false;
  bool is_sampled_by_caller = false;
  bool is_error = false;
  bool is_asked_for = false;
};

/// Decides whether a finished trace is kept. The kinds of OTEL_TRACES_SAMPLER, and beyond them:
/// failed traces and those asked for are kept by every kind but always_off. Thread-safe.
class Sampler {
 public:
  /// Pre: 0 ≤ ratio ≤ 1.
  Sampler(SamplerKind kind, double ratio) noexcept;

  bool is_kept(const SamplingFacts& facts) const noexcept;
  /// What can be said before the end: the sampled flag of outgoing calls.
  bool is_kept_by_head(const SamplingFacts& facts) const noexcept;
  /// At run time.
  void set_ratio(double ratio) noexcept;

 private:
  bool is_kept_by_ratio(const TraceId& trace_id) const noexcept;

  SamplerKind kind_;
  /// Trace ids whose last 56 bits are below it are left out, as OpenTelemetry's probability
  /// sampling says, so that every process decides alike.
  std::atomic<std::uint64_t> threshold_;
};

}  // namespace vigie::telemetry
