#include "telemetry/pipeline/courier.hpp"

#include <algorithm>
#include <exception>
#include <string_view>
#include <utility>

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/id_source.hpp"
#include "telemetry/log.hpp"
#include "telemetry/pipeline/background_thread.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::chrono::seconds kAdoptInterval{10};
// Between two looks at a disk that refuses.
constexpr std::chrono::milliseconds kDiskInterval{100};

std::string_view name_of(Signal signal) noexcept {
  return metrics::kSignals[static_cast<std::size_t>(signal)];
}

}  // namespace

Courier::Courier(const CourierOptions& options, Exporter& exporter, const Clock& clock,
                 Ledger& ledger)
    : options_(options),
      exporter_(exporter),
      clock_(clock),
      ledger_(ledger),
      hold_up_(options.hold_up) {
  if (!options.spool) return;
  spool_.emplace(*options.spool);
  account_news();
  adopt_due_ = now() + kAdoptInterval;
}

Courier::~Courier() { stop(); }

void Courier::start(Log& log) {
  {
    const std::lock_guard lock(mutex_);
    log_ = &log;
    if (spool_ && !spool_->is_empty()) {
      log.write(log_events::kSpoolRecovered, {},
                {{attributes::kSignal, name_of(options_.signal)},
                 {attributes::kLedgerSpooled, spool_->record_count()}});
    }
    if (spool_ && !spool_->fault().empty()) say_spool_failed();
  }
  thread_ = start_background_thread("vigie-courier", [this] { run(); });
}

void Courier::give(EncodedBatch batch) {
  std::unique_lock lock(mutex_);
  const std::uint64_t number = ++given_count_;
  for (;;) {
    if (is_stopping_) return spool_or_drop(batch);
    const bool is_full = outbox_.size() >= kOutboxMax;
    if ((is_full || (is_backing_off() && !is_probe_wanted())) && spool(batch)) return;
    if (!is_full) break;
    settled_.wait_for(lock, kDiskInterval);
  }
  outbox_.push_back({std::move(batch), number, {}});
  wake_.notify_one();
}

void Courier::run() noexcept {
  std::unique_lock lock(mutex_);
  while (!is_stopping_) {
    adopt_if_due();
    std::optional<Parcel> parcel = next_parcel();
    if (!parcel) {
      wait(lock);
      continue;
    }
    sending_ = parcel->number;
    lock.unlock();
    const ExportOutcome outcome = send(*parcel);
    lock.lock();
    sending_ = 0;
    settle(*parcel, outcome);
    settled_.notify_all();
  }
  end_outbox();
}

// A new batch instead of the oldest, which has failed for long.
bool Courier::is_probe_wanted() const noexcept {
  return hold_up_.is_fresh_turn() && outbox_.empty() && now() >= due_;
}

Courier::Nanoseconds Courier::front_due() const noexcept {
  if (!is_backing_off()) return replay_due_;
  return outbox_.empty() ? due_ + hold_up_.fresh_wait() : due_;
}

// The oldest of the spool when its turn has come, else the oldest of the outbox.
std::optional<Courier::Parcel> Courier::next_parcel() {
  const Nanoseconds time = now();
  if (is_backing_off() && time < due_) return std::nullopt;
  const bool gives_way = hold_up_.is_fresh_turn() && !outbox_.empty();
  if (spool_ && !gives_way && time >= front_due()) {
    std::optional<EncodedBatch> batch = spool_->front();
    account_news();
    if (batch) return Parcel{std::move(*batch)};
  }
  if (outbox_.empty()) return std::nullopt;
  Parcel parcel = std::move(outbox_.front());
  outbox_.pop_front();
  if (!parcel.deadline) parcel.deadline = time + options_.export_timeout;
  return parcel;
}

// For a parcel, an order, or the time of the next thing to do.
void Courier::wait(std::unique_lock<std::mutex>& lock) {
  const bool has_spooled = spool_ && !spool_->is_empty();
  std::optional<Nanoseconds> until;
  if (spool_) until = adopt_due_;
  if (has_spooled || !outbox_.empty()) {
    until = std::min(until.value_or(front_due()), front_due());
  }
  if (!until) {
    wake_.wait(lock);
    return;
  }
  // What is due and did not come is a disk that refuses.
  const Nanoseconds left = *until - now();
  wake_.wait_for(lock, left > Nanoseconds::zero() ? left : Nanoseconds(kDiskInterval));
}

ExportOutcome Courier::send(const Parcel& parcel) noexcept {
  try {
    return exporter_.send(parcel.batch);
  } catch (const std::exception& failure) {
    ExportOutcome outcome;
    outcome.status = ExportOutcome::Status::kRetry;
    outcome.detail = failure.what();
    return outcome;
  }
}

void Courier::settle(Parcel& parcel, const ExportOutcome& outcome) {
  if (outcome.status == ExportOutcome::Status::kRetry) return settle_for_later(parcel, outcome);
  attempt_ = 0;
  if (parcel.number == 0) {
    spool_->take_front();
    hold_up_.front_changed();
    account_news();
    const auto seconds = static_cast<double>(parcel.batch.plain_bytes()) /
                         static_cast<double>(options_.replay_bytes_per_second);
    replay_due_ = now() + Nanoseconds(static_cast<std::int64_t>(seconds * 1e9));
  }
  if (outcome.status == ExportOutcome::Status::kTaken) {
    settle_taken(parcel, outcome);
  } else {
    settle_refused(parcel, outcome);
  }
}

void Courier::settle_taken(const Parcel& parcel, const ExportOutcome& outcome) {
  const std::uint64_t count = parcel.batch.record_count;
  const std::uint64_t rejected = std::min(outcome.rejected_count, count);
  if (parcel.number == 0) {
    ledger_.replayed(options_.signal, count - rejected);
  } else {
    ledger_.exported(options_.signal, count - rejected);
    hold_up_.fresh_taken();
  }
  if (rejected > 0) {
    account_lost(parcel, rejected, DropReason::kRejected);
    say_failed(outcome, rejected);
  } else if (is_failing_ && !hold_up_.is_held_up()) {
    say_recovered();
  }
}

void Courier::settle_refused(const Parcel& parcel, const ExportOutcome& outcome) {
  hold_up_.fresh_failed();
  account_lost(parcel, parcel.batch.record_count, DropReason::kRejected);
  say_failed(outcome, parcel.batch.record_count);
}

void Courier::settle_for_later(Parcel& parcel, const ExportOutcome& outcome) {
  if (!is_stopping_) {
    due_ = now() + options_.retry.delay(attempt_++, random_number(), outcome.retry_after);
    say_failed(outcome, 0);
  }
  if (parcel.number == 0) {
    settle_front_for_later(parcel, outcome);
  } else if (is_stopping_) {
    spool_or_drop(parcel.batch);
  } else if (!spool(parcel.batch)) {
    if (due_ < *parcel.deadline) {
      outbox_.push_front(std::move(parcel));
      return;
    }
    account_lost(parcel, parcel.batch.record_count,
                 reason_without_spool(DropReason::kRetriesExhausted));
  }
  spool_outbox();
}

void Courier::settle_front_for_later(const Parcel& parcel, const ExportOutcome& outcome) {
  if (is_stopping_ || hold_up_.front_failed(now())) {
    // It waits for its own pause while new ones go: a back end that takes them is there.
    if (const unsigned count = hold_up_.overtaken_count(); count > 0) {
      replay_due_ = now() + options_.retry.delay(count, random_number(), outcome.retry_after);
    }
    spool_->keep_front();
    return account_news();
  }
  spool_->take_front();
  hold_up_.front_changed();
  account_news();
  attempt_ = 0;
  is_failing_ = false;
  settle_refused(parcel, outcome);
}

// False when there is none, or the disk refuses.
bool Courier::spool(const EncodedBatch& batch) {
  if (!spool_) return false;
  const bool is_spooled = spool_->append(batch);
  if (is_spooled) {
    ledger_.spooled(options_.signal, batch.record_count);
    is_spool_failing_ = false;
  } else {
    say_spool_failed();
  }
  account_news();
  return is_spooled;
}

void Courier::spool_outbox() {
  while (!outbox_.empty() && spool(outbox_.front().batch)) outbox_.pop_front();
}

void Courier::spool_or_drop(const EncodedBatch& batch) {
  if (spool(batch)) return;
  ledger_.dropped(options_.signal, batch.record_count, reason_without_spool(DropReason::kShutdown));
}

void Courier::end_outbox() {
  for (const Parcel& parcel : outbox_) spool_or_drop(parcel.batch);
  outbox_.clear();
}

void Courier::adopt_if_due() {
  if (!spool_ || now() < adopt_due_) return;
  adopt_due_ = now() + kAdoptInterval;
  if (!spool_->is_empty()) return;
  spool_->adopt();
  account_news();
}

void Courier::account_news() noexcept {
  const SpoolNews news = spool_->take_news();
  spool_bytes_.store(spool_->bytes());
  const Signal signal = options_.signal;
  if (news.evicted_count + news.corrupt_count > 0) hold_up_.front_changed();
  if (news.recovered_count > 0) ledger_.recovered(signal, news.recovered_count);
  if (news.evicted_count > 0) {
    ledger_.dropped_from_spool(signal, news.evicted_count, DropReason::kSpoolEvicted);
  }
  if (news.corrupt_count > 0) {
    ledger_.dropped_from_spool(signal, news.corrupt_count, DropReason::kSpoolCorrupt);
  }
  if (news.corrupt_segment_count == 0) return;
  corrupt_segment_count_.fetch_add(news.corrupt_segment_count);
  if (log_ == nullptr) return;
  log_->write(
      log_events::kSpoolCorrupt, {},
      {{attributes::kSignal, name_of(signal)}, {attributes::kDroppedCount, news.corrupt_count}});
}

void Courier::account_lost(const Parcel& parcel, std::uint64_t count, DropReason reason) noexcept {
  if (parcel.number == 0) {
    ledger_.dropped_from_spool(options_.signal, count, reason);
  } else {
    ledger_.dropped(options_.signal, count, reason);
  }
}

bool Courier::is_settled(std::uint64_t number) const noexcept {
  return (sending_ == 0 || sending_ > number) &&
         (outbox_.empty() || outbox_.front().number > number);
}

bool Courier::flush(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  const std::uint64_t last = given_count_;
  return settled_.wait_for(lock, timeout, [&] { return is_settled(last); });
}

void Courier::begin_stop() noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_stopping_, true)) return;
  exporter_.cancel();
  wake_.notify_all();
  settled_.notify_all();
}

void Courier::stop() noexcept {
  begin_stop();
  if (thread_.joinable()) thread_.join();
  const std::lock_guard lock(mutex_);
  end_outbox();
  if (spool_) spool_->finish();
  settled_.notify_all();
}

// Said once an outage; what goes on is seen in the counters.
void Courier::say_failed(const ExportOutcome& outcome, std::uint64_t lost_count) noexcept {
  if (std::exchange(is_failing_, true)) return;
  log_->write(log_events::kExportFailed, {},
              {{attributes::kSignal, name_of(options_.signal)},
               {attributes::kHttpResponseStatusCode,
                outcome.http_status == 0 ? AttributeValue() : AttributeValue(outcome.http_status)},
               {attributes::kDroppedCount, lost_count},
               {attributes::kDetail, outcome.detail}});
}

void Courier::say_recovered() noexcept {
  is_failing_ = false;
  log_->write(log_events::kExportRecovered, {}, {{attributes::kSignal, name_of(options_.signal)}});
}

void Courier::say_spool_failed() noexcept {
  if (log_ == nullptr || std::exchange(is_spool_failing_, true)) return;
  log_->write(
      log_events::kSpoolFailed, {},
      {{attributes::kSignal, name_of(options_.signal)}, {attributes::kDetail, spool_->fault()}});
}

}  // namespace vigie::telemetry
