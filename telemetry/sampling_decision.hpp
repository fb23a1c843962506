#pragma once

#include <cstddef>
#include <cstdint>

namespace vigie::telemetry {

/// Why a trace is kept or left out. In the order of metrics::kDecisionReasons.
enum class DecisionReason : std::uint8_t {
  kError,
  kSlow,
  kAsked,
  kCaller,
  kRatio,
  kAlwaysOn,
  kAlwaysOff,
  /// It would be kept, but nothing is exported.
  kNotExported,
  /// A refusal that says what another has just said.
  kRepeated,
};
inline constexpr std::size_t kDecisionReasonCount = 9;

struct SamplingDecision {
  bool is_kept = false;
  DecisionReason reason = DecisionReason::kAlwaysOff;
  /// Of 2^56 values of randomness, those below it are left out; with `kCaller` it is not known.
  std::uint64_t threshold = 0;
};

}  // namespace vigie::telemetry
