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
#include "telemetry/log.hpp"
#include "telemetry/otlp/trace_request.hpp"
#include "telemetry/pipeline/bounded_queue.hpp"
#include "telemetry/pipeline/doorbell.hpp"
#include "telemetry/pipeline/exporter.hpp"
#include "telemetry/pipeline/retry_policy.hpp"
#include "telemetry/tracer.hpp"

namespace vigie::telemetry {

struct SpanPipelineOptions {
  BatchLimits batch;
  RetryPolicy retry;
  OtlpResource resource;
};

/// Kept traces on their way out: a bounded queue, and a thread that gathers them into batches and
/// sends each until the back end has taken it, or refused it, or the time for it is up.
class SpanPipeline final : public TraceSink {
 public:
  /// All arguments outlive the pipeline.
  SpanPipeline(const SpanPipelineOptions& options, Exporter& exporter, const Clock& clock,
               Ledger& ledger, Log& log);
  /// Drops what is queued.
  ~SpanPipeline() override;
  SpanPipeline(const SpanPipeline&) = delete;
  SpanPipeline& operator=(const SpanPipeline&) = delete;

  bool offer(std::unique_ptr<TraceBuffer>& trace) noexcept override;

  /// Sends what was offered before, without waiting for a batch to fill. False when the time ran
  /// out; sending goes on.
  bool flush(std::chrono::milliseconds timeout);
  /// Flushes, then drops what is left and stops the thread. Later offers are refused.
  void stop(std::chrono::milliseconds timeout);

  std::size_t queued_span_count() const noexcept { return span_count_.load(); }
  std::size_t span_capacity() const noexcept { return limits_.queue_spans_max; }

 private:
  using Nanoseconds = std::chrono::nanoseconds;

  void run() noexcept;
  void gather() noexcept;
  void export_queued() noexcept;
  void fill_batch();
  std::unique_ptr<TraceBuffer> take_trace() noexcept;
  void send_batch();
  bool wait_before_retry(unsigned attempt, const ExportOutcome& outcome, Nanoseconds deadline);
  void account_taken(const ExportOutcome& outcome) noexcept;
  void account_lost(DropReason reason, const ExportOutcome& outcome) noexcept;
  void say_failed(const ExportOutcome& outcome, std::size_t lost_count) noexcept;
  void say_recovered() noexcept;
  void drop_queued() noexcept;
  void finish_flushes(std::uint64_t asked);
  bool is_hurried() const noexcept { return flushes_asked_.load() != flushes_done_.load(); }
  Nanoseconds now() const noexcept { return Nanoseconds(clock_.monotonic_ns()); }

  BatchLimits limits_;
  RetryPolicy retry_;
  Exporter& exporter_;
  const Clock& clock_;
  Ledger& ledger_;
  Log& log_;

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
  std::size_t batch_span_count_ = 0;
  /// Popped, but over the limit of the batch before.
  std::unique_ptr<TraceBuffer> next_;
  bool is_failing_ = false;

  std::jthread thread_;
};

}  // namespace vigie::telemetry
