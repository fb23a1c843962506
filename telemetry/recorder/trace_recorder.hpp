#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "telemetry/pipeline/bounded_queue.hpp"
#include "telemetry/pipeline/doorbell.hpp"
#include "telemetry/recorder/recorded_trace.hpp"
#include "telemetry/recorder/route_thresholds.hpp"
#include "telemetry/recorder/trace_shelves.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::telemetry {

/// Which traces are looked for.
struct TraceFilter {
  /// Empty: any.
  std::string route;
  std::uint64_t duration_ns_min = 0;
  std::optional<bool> is_error;
  std::size_t limit = 100;
};

/// Traces in memory, for on-call: see TraceShelves for which. Thread-safe. Request threads hand
/// over through a queue that its own thread empties; background threads put traces in themselves.
/// Either may wait for a reader, who holds the lock for a few milliseconds at most.
class TraceRecorder final : public TraceHolder {
 public:
  /// `bytes_max` holds for everything: traces, those in the queue, and what lists and allocator
  /// add.
  explicit TraceRecorder(std::size_t bytes_max);
  ~TraceRecorder() override;
  TraceRecorder(const TraceRecorder&) = delete;
  TraceRecorder& operator=(const TraceRecorder&) = delete;

  bool wants(const TraceBuffer& trace) const noexcept override;
  void offer(std::unique_ptr<TraceBuffer>& trace, bool is_kept) noexcept override;

  void keep(std::unique_ptr<TraceBuffer> trace) noexcept override {
    record(std::move(trace), true);
  }

  /// See TraceShelves::leave_out_of_recent.
  void leave_out_of_recent(std::string_view route);

  /// The newest first.
  std::vector<FoundTrace> find(const TraceFilter& filter);
  /// All requests of one trace that were answered here, the oldest first.
  std::vector<FoundTrace> find(const TraceId& trace_id);

  std::size_t bytes() const;
  std::size_t bytes_max() const noexcept { return bytes_max_; }
  std::size_t count() const;
  /// Traces that were offered when the queue was full.
  std::uint64_t missed_count() const noexcept { return missed_count_.load(); }

 private:
  struct Offer {
    std::unique_ptr<TraceBuffer> trace;
    bool is_kept = false;
  };

  void run() noexcept;
  void rest() noexcept;
  std::size_t drain() noexcept;
  void record(std::unique_ptr<TraceBuffer> trace, bool is_kept) noexcept;
  void wake() noexcept;
  template <typename Matches>
  std::vector<FoundTrace> gather(const Matches& matches);

  std::size_t bytes_max_;
  std::size_t queue_bytes_max_;
  RouteThresholds thresholds_;
  /// Guards `shelves_`.
  mutable std::mutex mutex_;
  TraceShelves shelves_;

  /// Held from the first pop to the last record, so that a reader misses nothing in between.
  std::mutex draining_;
  BoundedQueue<Offer> queue_;
  /// Counted before the push, so that a thread about to sleep sees what is on its way.
  std::atomic<std::size_t> queued_bytes_{0};
  std::atomic<std::uint64_t> missed_count_{0};
  std::atomic<bool> is_asleep_{false};
  std::atomic<bool> is_stopping_{false};
  Doorbell doorbell_;
  std::jthread thread_;
};

}  // namespace vigie::telemetry
