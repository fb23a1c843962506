#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "telemetry/sampling_state.hpp"
#include "telemetry/trace_context.hpp"

/// A traceparent, and in the lines after it a tracestate: what is taken must be what is written
/// again, and what the sampler makes of a state must be a state.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace vigie::telemetry;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const std::size_t line = text.find('\n');
  const std::string_view state =
      line == std::string_view::npos ? std::string_view{} : text.substr(line + 1);
  static const std::string kParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  if (const auto parent = parse_traceparent(text.substr(0, line), state)) {
    const std::string again = format_traceparent(parent->trace_id, parent->span_id, parent->flags);
    const auto reread = parse_traceparent(again, parent->tracestate);
    if (!reread || reread->trace_id != parent->trace_id || reread->flags != parent->flags ||
        reread->tracestate != parent->tracestate) {
      std::abort();
    }
  }
  const auto parent = parse_traceparent(kParent, text);
  if (!parent) std::abort();
  if (parent->tracestate.size() > kTraceStateBytesMax) std::abort();
  const std::uint64_t randomness = randomness_of(parent->trace_id, parent->tracestate);
  const std::string weighted = with_threshold(parent->tracestate, 0x80000000000000);
  if (!weighted.starts_with("ot=th:8")) std::abort();
  if (randomness >> 56 != 0 || randomness_of(parent->trace_id, weighted) != randomness) {
    std::abort();
  }
  const bool is_short = weighted.size() <= kTraceStateBytesMax;
  if (is_short && parse_traceparent(kParent, weighted)->tracestate != weighted) std::abort();
  return 0;
}
