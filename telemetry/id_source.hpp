#pragma once

#include <cstdint>

#include "telemetry/trace_context.hpp"

namespace vigie::telemetry {

/// Random, valid ids from a generator of the calling thread, which is seeded by the kernel. Not for
/// secrets.
TraceId make_trace_id() noexcept;
SpanId make_span_id() noexcept;

/// A random number of the same generator (jitter).
std::uint64_t random_number() noexcept;

}  // namespace vigie::telemetry
