#include "telemetry/pipeline/shared_spool.hpp"

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/log.hpp"

namespace vigie::telemetry {

SharedSpool::SharedSpool(Signal signal, const SpoolOptions& options, Ledger& ledger)
    : signal_(signal), ledger_(ledger), spool_(options) {
  account();
}

void SharedSpool::start(Log& log) {
  const std::lock_guard lock(mutex_);
  log_ = &log;
  if (!spool_.is_empty()) {
    log.write(log_events::kSpoolRecovered, {},
              {{attributes::kSignal, name_of(signal_)},
               {attributes::kLedgerSpooled, spool_.record_count()}});
  }
  if (!spool_.fault().empty()) say_failed();
}

bool SharedSpool::append(const EncodedBatch& batch) {
  const std::lock_guard lock(mutex_);
  const bool is_spooled = spool_.append(batch);
  if (is_spooled) {
    ledger_.spooled(signal_, batch.record_count);
    is_failing_ = false;
  } else {
    say_failed();
  }
  account();
  return is_spooled;
}

std::optional<EncodedBatch> SharedSpool::front() {
  const std::lock_guard lock(mutex_);
  std::optional<EncodedBatch> batch = spool_.front();
  account();
  return batch;
}

void SharedSpool::take_front() {
  const std::lock_guard lock(mutex_);
  spool_.take_front();
  account();
}

void SharedSpool::keep_front() {
  const std::lock_guard lock(mutex_);
  spool_.keep_front();
  account();
}

void SharedSpool::adopt() {
  const std::lock_guard lock(mutex_);
  if (!spool_.is_empty()) return;
  spool_.adopt();
  account();
}

void SharedSpool::finish() noexcept {
  const std::lock_guard lock(mutex_);
  spool_.finish();
}

/// Called with the lock held.
void SharedSpool::account() noexcept {
  const SpoolNews news = spool_.take_news();
  record_count_ = spool_.record_count();
  bytes_ = spool_.bytes();
  if (news.evicted_count + news.corrupt_count > 0) has_lost_some_ = true;
  if (news.recovered_count > 0) ledger_.recovered(signal_, news.recovered_count);
  if (news.evicted_count > 0) {
    ledger_.dropped_from_spool(signal_, news.evicted_count, DropReason::kSpoolEvicted);
  }
  if (news.corrupt_count > 0) {
    ledger_.dropped_from_spool(signal_, news.corrupt_count, DropReason::kSpoolCorrupt);
  }
  if (news.corrupt_segment_count == 0) return;
  corrupt_segment_count_ += news.corrupt_segment_count;
  if (log_ == nullptr) return;
  log_->write(
      log_events::kSpoolCorrupt, {},
      {{attributes::kSignal, name_of(signal_)}, {attributes::kDroppedCount, news.corrupt_count}});
}

/// Once, until the disk takes something. Called with the lock held.
void SharedSpool::say_failed() noexcept {
  if (log_ == nullptr || is_failing_.exchange(true)) return;
  log_->write(log_events::kSpoolFailed, {},
              {{attributes::kSignal, name_of(signal_)}, {attributes::kDetail, spool_.fault()}});
}

}  // namespace vigie::telemetry
