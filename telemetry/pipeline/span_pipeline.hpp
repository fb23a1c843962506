#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "telemetry/clock.hpp"
#include "telemetry/config.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/otlp/trace_request.hpp"
#include "telemetry/pipeline/bounded_queue.hpp"
#include "telemetry/pipeline/courier.hpp"
#include "telemetry/pipeline/doorbell.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::telemetry {

struct SpanPipelineOptions {
  BatchLimits batch;
  OtlpResource resource;
  /// Gets each trace once it is encoded; may be null.
  TraceHolder* holder = nullptr;
};

/// Kept traces on their way out: a bounded queue, and a thread that gathers them into encoded
/// batches for the courier.
class SpanPipeline final : public TraceSink {
 public:
  /// All arguments outlive the pipeline.
  SpanPipeline(const SpanPipelineOptions& options, Courier& courier, const Clock& clock,
               Ledger& ledger);
  /// Stops at once.
  ~SpanPipeline() override;
  SpanPipeline(const SpanPipeline&) = delete;
  SpanPipeline& operator=(const SpanPipeline&) = delete;

  bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept override;

  /// Hands on what was offered before, without waiting for a batch to fill, and waits until the
  /// courier is done with it. False when the time ran out; the work goes on.
  bool flush(std::chrono::milliseconds timeout);
  /// Flushes, tells the courier to stop, gives it what is left, and stops the thread. Later offers
  /// are refused. The courier's own stop() comes next.
  void stop(std::chrono::milliseconds timeout);

  std::size_t queued_span_count() const noexcept { return span_count_.load(); }
  std::size_t span_capacity() const noexcept { return limits_.queue_spans_max; }

 private:
  using Nanoseconds = std::chrono::nanoseconds;

  void run() noexcept;
  void gather() noexcept;
  void encode_queued(bool is_last) noexcept;
  bool encode_batch();
  std::unique_ptr<TraceBuffer> take_trace() noexcept;
  void drop_queued() noexcept;
  void finish_flushes(std::uint64_t asked);
  bool is_hurried() const noexcept { return flushes_asked_.load() != flushes_done_.load(); }
  Nanoseconds now() const noexcept { return Nanoseconds(clock_.monotonic_ns()); }

  BatchLimits limits_;
  TraceHolder* holder_;
  Courier& courier_;
  const Clock& clock_;
  Ledger& ledger_;

  BoundedQueue<std::unique_ptr<TraceBuffer>> queue_;
  std::atomic<std::size_t> span_count_{0};
  std::atomic<bool> is_stopping_{false};
  Doorbell doorbell_;

  std::atomic<std::uint64_t> flushes_asked_{0};
  std::atomic<std::uint64_t> flushes_done_{0};
  /// With it a flush waits for `flushes_done_`.
  std::mutex mutex_;
  std::condition_variable flushed_;

  // The rest belongs to the thread.
  TraceRequest request_;
  std::uint32_t batch_span_count_ = 0;
  /// Popped, but over the limit of the batch before.
  std::unique_ptr<TraceBuffer> next_;

  std::jthread thread_;
};

}  // namespace vigie::telemetry
