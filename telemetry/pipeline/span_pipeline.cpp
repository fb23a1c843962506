#include "telemetry/pipeline/span_pipeline.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/id_source.hpp"
#include "telemetry/pipeline/background_thread.hpp"

namespace vigie::telemetry {

SpanPipeline::SpanPipeline(const SpanPipelineOptions& options, Exporter& exporter,
                           const Clock& clock, Ledger& ledger, Log& log)
    : limits_(options.batch),
      retry_(options.retry),
      exporter_(exporter),
      clock_(clock),
      ledger_(ledger),
      log_(log),
      queue_(options.batch.queue_spans_max),
      request_(options.resource) {
  thread_ = start_background_thread("vigie-export", [this] { run(); });
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
  while (!is_stopping_.load()) {
    gather();
    const std::uint64_t asked = flushes_asked_.load();
    export_queued();
    finish_flushes(asked);
  }
  drop_queued();
  finish_flushes(flushes_asked_.load());
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

void SpanPipeline::export_queued() noexcept {
  do {
    try {
      fill_batch();
      if (batch_span_count_ == 0) return;
      send_batch();
    } catch (const std::exception& failure) {
      ExportOutcome outcome;
      outcome.detail = failure.what();
      account_lost(DropReason::kNoMemory, outcome);
    }
  } while (!is_stopping_.load() && (is_hurried() || span_count_.load() >= limits_.batch_spans_max));
}

void SpanPipeline::fill_batch() {
  batch_span_count_ = 0;
  request_.begin();
  while (std::unique_ptr<TraceBuffer> trace = take_trace()) {
    const std::size_t count = trace->span_count();
    const bool is_full = batch_span_count_ + count > limits_.batch_spans_max ||
                         request_.bytes() + trace->size_bytes() > limits_.batch_bytes_max;
    if (batch_span_count_ > 0 && is_full) {
      next_ = std::move(trace);
      return;
    }
    batch_span_count_ += count;
    span_count_.fetch_sub(count);
    request_.add(*trace);
  }
}

// Null when there is none.
std::unique_ptr<TraceBuffer> SpanPipeline::take_trace() noexcept {
  std::unique_ptr<TraceBuffer> trace = std::move(next_);
  if (trace == nullptr) queue_.pop(trace);
  return trace;
}

void SpanPipeline::send_batch() {
  const Nanoseconds deadline = now() + limits_.export_timeout;
  const std::string_view body = request_.finish();
  for (unsigned attempt = 0;; ++attempt) {
    const ExportOutcome outcome = exporter_.send(body);
    if (outcome.status == ExportOutcome::Status::kTaken) return account_taken(outcome);
    if (outcome.status == ExportOutcome::Status::kRefused) {
      return account_lost(DropReason::kRejected, outcome);
    }
    if (!is_failing_) say_failed(outcome, 0);
    if (!wait_before_retry(attempt, outcome, deadline)) {
      return account_lost(
          is_stopping_.load() ? DropReason::kShutdown : DropReason::kRetriesExhausted, outcome);
    }
  }
}

// False when the batch is to be given up.
bool SpanPipeline::wait_before_retry(unsigned attempt, const ExportOutcome& outcome,
                                     Nanoseconds deadline) {
  const Nanoseconds due = now() + retry_.delay(attempt, random_number(), outcome.retry_after);
  if (due >= deadline) return false;
  while (!is_stopping_.load()) {
    const Nanoseconds left = due - now();
    if (left <= Nanoseconds::zero()) return true;
    doorbell_.wait_for(left);
  }
  return false;
}

void SpanPipeline::account_taken(const ExportOutcome& outcome) noexcept {
  const std::size_t rejected = std::min<std::size_t>(outcome.rejected_count, batch_span_count_);
  ledger_.exported(Signal::kTraces, batch_span_count_ - rejected);
  if (rejected > 0) {
    ledger_.dropped(Signal::kTraces, rejected, DropReason::kRejected);
    say_failed(outcome, rejected);
  } else if (is_failing_) {
    say_recovered();
  }
  batch_span_count_ = 0;
}

void SpanPipeline::account_lost(DropReason reason, const ExportOutcome& outcome) noexcept {
  ledger_.dropped(Signal::kTraces, batch_span_count_, reason);
  if (!is_failing_) say_failed(outcome, batch_span_count_);
  batch_span_count_ = 0;
}

// Said once an outage; what goes on is seen in the counters.
void SpanPipeline::say_failed(const ExportOutcome& outcome, std::size_t lost_count) noexcept {
  if (std::exchange(is_failing_, true)) return;
  log_.write(log_events::kExportFailed, {},
             {{attributes::kSignal, metrics::kSignals[0]},
              {attributes::kHttpResponseStatusCode,
               outcome.http_status == 0 ? AttributeValue() : AttributeValue(outcome.http_status)},
              {attributes::kDroppedCount, lost_count},
              {attributes::kDetail, outcome.detail}});
}

void SpanPipeline::say_recovered() noexcept {
  is_failing_ = false;
  log_.write(log_events::kExportRecovered, {}, {{attributes::kSignal, metrics::kSignals[0]}});
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
  const std::uint64_t asked = flushes_asked_.fetch_add(1) + 1;
  doorbell_.ring();
  std::unique_lock lock(mutex_);
  return flushed_.wait_for(lock, timeout, [&] { return flushes_done_.load() >= asked; });
}

void SpanPipeline::stop(std::chrono::milliseconds timeout) {
  if (!thread_.joinable()) return;
  if (timeout > std::chrono::milliseconds::zero()) flush(timeout);
  is_stopping_.store(true);
  exporter_.cancel();
  doorbell_.ring();
  thread_.join();
  // An offer that overtook the order to stop.
  drop_queued();
}

}  // namespace vigie::telemetry
