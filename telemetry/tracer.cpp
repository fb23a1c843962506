#include "telemetry/tracer.hpp"

#include <cstdint>

namespace vigie::telemetry {

Tracer::Tracer(const TracerOptions& options, const Clock& clock, Ledger& ledger, TraceSink* sink,
               TraceHolder* holder)
    : clock_(clock),
      ledger_(ledger),
      sink_(sink),
      holder_(holder),
      sampler_(options.sampler, options.ratio),
      trace_bytes_max_(options.trace_bytes_max),
      utc_offset_ns_(0) {
  renew_utc_offset();
}

void Tracer::renew_utc_offset() noexcept {
  clock_.check();
  const std::uint64_t now_ns = clock_.monotonic_ns();
  utc_offset_ns_.store(clock_.utc_ns() - now_ns, std::memory_order_relaxed);
  renewed_ns_.store(now_ns, std::memory_order_relaxed);
}

}  // namespace vigie::telemetry
