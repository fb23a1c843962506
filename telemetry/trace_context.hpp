#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::telemetry {

/// An identifier of N bytes. All zeros is the invalid one (W3C Trace Context, 3.2.2.3).
template <std::size_t N>
struct Identifier {
  std::array<std::uint8_t, N> bytes{};

  bool is_valid() const noexcept { return bytes != std::array<std::uint8_t, N>{}; }
  /// Lower-case hexadecimal.
  std::string to_hex() const;
  /// Writes 2 × N characters.
  void write_hex(char* out) const noexcept;

  bool operator==(const Identifier&) const = default;
};

using TraceId = Identifier<16>;
using SpanId = Identifier<8>;

inline constexpr std::uint8_t kSampledFlag = 0x01;
/// The last 56 bits of the trace id are random (level 2).
inline constexpr std::uint8_t kRandomFlag = 0x02;
inline constexpr std::size_t kTraceParentBytes = 55;
inline constexpr std::size_t kTraceStateBytesMax = 512;

/// What a caller told about its trace.
struct TraceParent {
  TraceId trace_id;
  SpanId span_id;
  std::uint8_t flags = 0;
  /// The list as received, or empty when it was malformed or longer than 512 bytes.
  std::string tracestate;
  /// The caller may decide which of our traces are kept, by its flag and by its randomness. Else
  /// only its ids count.
  bool is_trusted = true;

  bool is_sampled() const noexcept { return (flags & kSampledFlag) != 0; }
};

/// Reads the headers of W3C Trace Context level 2; several tracestate headers as one, with commas.
/// A malformed traceparent gives nothing: the request starts a trace of its own. A malformed
/// tracestate is left out and the parent is kept.
std::optional<TraceParent> parse_traceparent(std::string_view traceparent,
                                             std::string_view tracestate);

/// 32 lower-case hexadecimal digits that are not all zero.
std::optional<TraceId> parse_trace_id(std::string_view text);

/// "00-<trace id>-<span id>-<flags>".
std::string format_traceparent(const TraceId& trace_id, const SpanId& span_id, std::uint8_t flags);

}  // namespace vigie::telemetry
