#include "telemetry/pipeline/span_pipeline.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include "telemetry/pipeline/background_thread.hpp"

namespace vigie::telemetry {

SpanPipeline::SpanPipeline(const SpanPipelineOptions& options, Courier& courier, const Clock& clock,
                           Ledger& ledger)
    : limits_(options.batch),
      holder_(options.holder),
      courier_(courier),
      clock_(clock),
      ledger_(ledger),
      queue_(options.batch.queue_spans_max),
      request_(options.resource) {
  thread_ = start_background_thread("vigie-spans", [this] { run(); });
}

SpanPipeline::~SpanPipeline() { stop(std::chrono::milliseconds(0)); }

bool SpanPipeline::offer(std::unique_ptr<TraceBuffer>& trace) noexcept {
  const std::size_t count = trace->span_count();
  const std::size_t before = span_count_.fetch_add(count);
  if (is_stopping_.load() || before + count > limits_.queue_spans_max || !queue_.push(trace)) {
    span_count_.fetch_sub(count);
    return false;
  }
  // The thread sleeps until the first span, then until there are enough for a batch.
  const bool fills_batch =
      before < limits_.batch_spans_max && before + count >= limits_.batch_spans_max;
  if (before == 0 || fills_batch) doorbell_.ring();
  return true;
}

void SpanPipeline::run() noexcept {
  bool is_last = false;
  while (!is_last) {
    gather();
    is_last = is_stopping_.load();
    const std::uint64_t asked = flushes_asked_.load();
    encode_queued(is_last);
    finish_flushes(asked);
  }
}

void SpanPipeline::gather() noexcept {
  const auto is_needed = [this] { return is_stopping_.load() || is_hurried(); };
  while (!is_needed() && span_count_.load() == 0) doorbell_.wait();
  const Nanoseconds deadline = now() + limits_.schedule_delay;
  while (!is_needed() && span_count_.load() < limits_.batch_spans_max) {
    const Nanoseconds left = deadline - now();
    if (left <= Nanoseconds::zero()) return;
    doorbell_.wait_for(left);
  }
}

// One batch, then as long as there are full ones, or somebody waits for the rest.
void SpanPipeline::encode_queued(bool is_last) noexcept {
  do {
    try {
      if (!encode_batch()) return;
    } catch (const std::exception&) {
      ledger_.dropped(Signal::kTraces, batch_span_count_, DropReason::kNoMemory);
    }
  } while (is_last || is_hurried() || span_count_.load() >= limits_.batch_spans_max);
}

// False when there was nothing.
bool SpanPipeline::encode_batch() {
  batch_span_count_ = 0;
  request_.begin();
  while (std::unique_ptr<TraceBuffer> trace = take_trace()) {
    const std::uint32_t count = trace->span_count();
    const bool is_full = batch_span_count_ + count > limits_.batch_spans_max ||
                         request_.bytes() + trace->size_bytes() > limits_.batch_bytes_max;
    if (batch_span_count_ > 0 && is_full) {
      next_ = std::move(trace);
      break;
    }
    batch_span_count_ += count;
    span_count_.fetch_sub(count);
    request_.add(*trace);
    if (holder_ != nullptr) holder_->keep(std::move(trace));
  }
  if (batch_span_count_ == 0) return false;
  courier_.give({std::string(request_.finish()), batch_span_count_});
  return true;
}

// Null when there is none.
std::unique_ptr<TraceBuffer> SpanPipeline::take_trace() noexcept {
  std::unique_ptr<TraceBuffer> trace = std::move(next_);
  if (trace == nullptr) queue_.pop(trace);
  return trace;
}

void SpanPipeline::drop_queued() noexcept {
  std::size_t count = 0;
  while (const std::unique_ptr<TraceBuffer> trace = take_trace()) count += trace->span_count();
  span_count_.fetch_sub(count);
  if (count > 0) ledger_.dropped(Signal::kTraces, count, DropReason::kShutdown);
}

void SpanPipeline::finish_flushes(std::uint64_t asked) {
  const std::lock_guard lock(mutex_);
  flushes_done_.store(asked);
  flushed_.notify_all();
}

bool SpanPipeline::flush(std::chrono::milliseconds timeout) {
  const Nanoseconds deadline = now() + timeout;
  const std::uint64_t asked = flushes_asked_.fetch_add(1) + 1;
  doorbell_.ring();
  {
    std::unique_lock lock(mutex_);
    const auto is_done = [&] { return flushes_done_.load() >= asked; };
    if (!flushed_.wait_for(lock, timeout, is_done)) return false;
  }
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now());
  return courier_.flush(std::max(left, std::chrono::milliseconds(0)));
}

void SpanPipeline::stop(std::chrono::milliseconds timeout) {
  if (!thread_.joinable()) return;
  if (timeout > std::chrono::milliseconds::zero()) flush(timeout);
  is_stopping_.store(true);
  courier_.begin_stop();
  doorbell_.ring();
  thread_.join();
  // An offer that overtook the order to stop.
  drop_queued();
}

}  // namespace vigie::telemetry
