#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "telemetry/trace_context.hpp"

/// The member `ot` of a tracestate (OpenTelemetry specification, "TraceState: Probability
/// Sampling"): `th`, the threshold below which randomness was left out, and `rv`, randomness that
/// is not taken from the trace id.
namespace vigie::telemetry {

/// The threshold that stands for a ratio from 0 to 1; 2^56, which keeps nothing, for 0. Rounded so
/// that it is four hexadecimal digits, besides leading f's: what is told is what is done.
std::uint64_t threshold_of(double ratio) noexcept;

/// The 56 bits a trace is sampled by: those of `rv`, or the last ones of its id.
std::uint64_t randomness_of(const TraceId& trace_id, std::string_view tracestate) noexcept;

/// The last 56 bits of an id that we made.
std::uint64_t randomness_of(const SpanId& span_id) noexcept;

/// `tracestate` with nothing in its member `ot` but `rv`. What its caller said of weights and
/// randomness is gone. Pre: `tracestate` is valid, and the randomness below 2^56.
std::string with_randomness(std::string_view tracestate, std::uint64_t randomness);

/// `tracestate` with `th` set in its member `ot`, which comes first, as a changed member does (W3C
/// Trace Context, 3.5). The rest of it, and the order of other members, stay. Pre: `tracestate` is
/// valid, and the threshold below 2^56.
std::string with_threshold(std::string_view tracestate, std::uint64_t threshold);

}  // namespace vigie::telemetry
