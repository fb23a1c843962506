#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "telemetry/clock.hpp"
#include "telemetry/instrument.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/sampler.hpp"

namespace vigie::telemetry {

class TraceBuffer;

/// Port: takes kept traces. Thread-safe.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  /// Never blocks. False, and the trace stays with the caller, when there is no room for it.
  virtual bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept = 0;
};

/// Port: holds finished traces for on-call, beside what is exported. Thread-safe.
class TraceHolder {
 public:
  virtual ~TraceHolder() = default;
  /// Whether a trace that is not kept is worth an offer. Cheap. Pre: the trace has a span.
  virtual bool wants(const TraceBuffer& trace) const noexcept = 0;
  /// A trace that is not exported. Never blocks. It stays with the caller when there is no room.
  virtual void offer(std::unique_ptr<TraceBuffer>& trace, bool is_kept) noexcept = 0;
  /// A kept trace that its exporter is done with. May wait; for background threads.
  virtual void keep(std::unique_ptr<TraceBuffer> trace) noexcept = 0;
};

struct TracerOptions {
  SamplerKind sampler = SamplerKind::kParentBasedAlwaysOn;
  double ratio = 1.0;
  /// Memory of one trace; what does not fit is counted and left out.
  std::size_t trace_bytes_max = std::size_t{64} * 1024;
};

/// What the traces of a process share. Thread-safe.
class Tracer {
 public:
  /// Without a sink nothing is exported, and with no holder either nothing is recorded; ids are
  /// still made. All arguments outlive the tracer.
  Tracer(const TracerOptions& options, const Clock& clock, Ledger& ledger, TraceSink* sink,
         TraceHolder* holder = nullptr);
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  bool is_recording() const noexcept { return sink_ != nullptr || holder_ != nullptr; }
  bool is_exporting() const noexcept { return sink_ != nullptr; }
  Sampler& sampler() noexcept { return sampler_; }
  /// Decisions so far.
  void count(const SamplingDecision& decision) noexcept { counter_of(decision).add(); }
  double decisions(bool is_kept, DecisionReason reason) const noexcept {
    return decisions_[is_kept ? 0 : 1][static_cast<std::size_t>(reason)].value();
  }
  const Clock& clock() const noexcept { return clock_; }
  Ledger& ledger() noexcept { return ledger_; }
  TraceSink* sink() noexcept { return sink_; }
  TraceHolder* holder() noexcept { return holder_; }
  std::size_t trace_bytes_max() const noexcept { return trace_bytes_max_; }

  /// Add it to a monotonic time to get UTC. Follows the system's clock from trace to trace.
  std::uint64_t utc_offset_ns() const noexcept {
    return utc_offset_ns_.load(std::memory_order_relaxed);
  }
  /// Reads both clocks again.
  void renew_utc_offset() noexcept;
  /// The same when the last time is a second ago.
  void renew_utc_offset(std::uint64_t now_ns) noexcept {
    if (now_ns - renewed_ns_.load(std::memory_order_relaxed) >= kRenewalNs) renew_utc_offset();
  }

 private:
  Counter& counter_of(const SamplingDecision& decision) noexcept {
    return decisions_[decision.is_kept ? 0 : 1][static_cast<std::size_t>(decision.reason)];
  }

  const Clock& clock_;
  Ledger& ledger_;
  TraceSink* sink_;
  TraceHolder* holder_;
  Sampler sampler_;
  /// In the order of metrics::kDecisions.
  std::array<std::array<Counter, kDecisionReasonCount>, 2> decisions_;
  std::size_t trace_bytes_max_;
  static constexpr std::uint64_t kRenewalNs = 1'000'000'000;
  std::atomic<std::uint64_t> utc_offset_ns_;
  std::atomic<std::uint64_t> renewed_ns_{0};
};

}  // namespace vigie::telemetry
