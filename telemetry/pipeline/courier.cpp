#include "telemetry/pipeline/courier.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/id_source.hpp"
#include "telemetry/log.hpp"
#include "telemetry/pipeline/background_thread.hpp"

namespace vigie::telemetry {
namespace {

constexpr std::chrono::seconds kAdoptInterval{10};
// Between two attempts at a disk that refuses, and two looks for room.
constexpr std::chrono::milliseconds kDiskInterval{100};

}  // namespace

Courier::Courier(const CourierOptions& options, Exporter& exporter, const Clock& clock,
                 Ledger& ledger)
    : options_(options),
      exporter_(exporter),
      clock_(clock),
      ledger_(ledger),
      hold_up_(options.hold_up) {
  if (!options.spool) return;
  spool_.emplace(options.signal, *options.spool, ledger);
  adopt_due_ = now() + kAdoptInterval;
}

Courier::~Courier() { stop(); }

void Courier::start(Log& log) {
  if (spool_) spool_->start(log);
  {
    const std::lock_guard lock(mutex_);
    log_ = &log;
  }
  thread_ = start_background_thread("vigie-courier", [this] { run(); });
  if (spool_) disk_thread_ = start_background_thread("vigie-spool", [this] { run_disk(); });
}

void Courier::give(EncodedBatch batch) {
  Lock lock(mutex_);
  Parcel parcel{std::move(batch), ++given_count_, {}, false};
  while (!is_stopping_ && !has_room()) settled_.wait_for(lock, kDiskInterval);
  if (is_stopped_ || (is_stopping_ && !spool_)) {
    lock.unlock();
    return spool_or_drop(parcel.batch);
  }
  parcel.is_for_disk = is_stopping_ || wants_disk();
  (parcel.is_for_disk ? disk_wake_ : wake_).notify_one();
  hold(std::move(parcel));
}

bool Courier::has_room() const noexcept { return held_.size() < (spool_ ? kHeldMax : kOutboxMax); }

bool Courier::wants_disk() const noexcept {
  if (!spool_) return false;
  return fresh_count() >= kOutboxMax || (is_backing_off() && !is_probe_wanted());
}

std::size_t Courier::fresh_count() const noexcept {
  return static_cast<std::size_t>(std::count_if(
      held_.begin(), held_.end(), [](const Parcel& parcel) { return !parcel.is_for_disk; }));
}

// What comes back comes before what was given after it.
void Courier::hold(Parcel parcel) {
  const auto place = std::find_if(held_.begin(), held_.end(), [&](const Parcel& other) {
    return other.number > parcel.number;
  });
  held_.insert(place, std::move(parcel));
}

Courier::Parcel Courier::take_held(std::deque<Parcel>::iterator place) {
  Parcel parcel = std::move(*place);
  held_.erase(place);
  return parcel;
}

void Courier::run() noexcept {
  Lock lock(mutex_);
  while (!is_stopping_) {
    if (spool_ && now() >= adopt_due_) adopt(lock);
    std::optional<Parcel> parcel = next_parcel(lock);
    if (!parcel) {
      wait(lock);
      continue;
    }
    sending_ = parcel->number;
    lock.unlock();
    const ExportOutcome outcome = send(*parcel);
    lock.lock();
    settle(*parcel, outcome, lock);
    sending_ = 0;
    settled_.notify_all();
  }
  if (spool_) return;
  for (const Parcel& parcel : held_) spool_or_drop(parcel.batch);
  held_.clear();
  settled_.notify_all();
}

// Of the spool. At the end of all, and what is given until then.
void Courier::run_disk() noexcept {
  Lock lock(mutex_);
  for (;;) {
    const auto next = std::find_if(held_.begin(), held_.end(), [this](const Parcel& parcel) {
      return parcel.is_for_disk || is_stopping_;
    });
    if (next == held_.end()) {
      if (is_stopped_) return;
      disk_wake_.wait(lock);
    } else if (!is_stopping_ && now() < disk_due_) {
      disk_wake_.wait_for(lock, disk_due_ - now());
    } else {
      write(next, lock);
    }
  }
}

void Courier::write(std::deque<Parcel>::iterator place, Lock& lock) {
  Parcel parcel = take_held(place);
  writing_ = parcel.number;
  lock.unlock();
  const bool is_written = spool_->append(parcel.batch);
  lock.lock();
  if (!is_written) settle_unwritten(std::move(parcel));
  writing_ = 0;
  settled_.notify_all();
  wake_.notify_one();
}

// It is tried again, by the disk and by the back end, as long as it has time.
void Courier::settle_unwritten(Parcel parcel) {
  disk_due_ = now() + kDiskInterval;
  const bool is_late = parcel.deadline && std::max(now(), due_) >= *parcel.deadline;
  if (!is_stopping_ && !is_late) return hold(std::move(parcel));
  account_lost(parcel, parcel.batch.record_count, DropReason::kSpoolFailed);
}

// A new batch instead of the oldest, which has failed for long.
bool Courier::is_probe_wanted() const noexcept {
  return hold_up_.is_fresh_turn() && fresh_count() == 0 && now() >= due_;
}

Courier::Nanoseconds Courier::front_due() const noexcept {
  if (!is_backing_off()) return replay_due_;
  return fresh_count() == 0 ? due_ + hold_up_.fresh_wait() : due_;
}

// The oldest of the spool when its turn has come, else the oldest in memory. What waits for the
// disk is sent when the back end takes batches, or when none is before it on the disk.
std::optional<Courier::Parcel> Courier::next_parcel(Lock& lock) {
  if (spool_ && spool_->has_lost_some()) hold_up_.front_changed();
  const Nanoseconds time = now();
  if (is_backing_off() && time < due_) return std::nullopt;
  const bool gives_way = hold_up_.is_fresh_turn() && fresh_count() > 0;
  if (has_spooled() && !gives_way && time >= front_due()) {
    lock.unlock();
    std::optional<EncodedBatch> batch = spool_->front();
    lock.lock();
    if (batch) return Parcel{std::move(*batch)};
  }
  const bool is_any = !is_backing_off() || !has_spooled() || spool_->is_failing();
  const auto place = std::find_if(held_.begin(), held_.end(), [&](const Parcel& parcel) {
    return is_any || !parcel.is_for_disk;
  });
  if (place == held_.end()) return std::nullopt;
  Parcel parcel = take_held(place);
  if (!parcel.deadline) parcel.deadline = time + options_.export_timeout;
  return parcel;
}

// For a parcel, an order, or the time of the next thing to do.
void Courier::wait(Lock& lock) {
  if (is_stopping_) return;
  std::optional<Nanoseconds> until;
  if (spool_) until = adopt_due_;
  if (has_spooled() || !held_.empty()) {
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

void Courier::adopt(Lock& lock) {
  adopt_due_ = now() + kAdoptInterval;
  lock.unlock();
  spool_->adopt();
  lock.lock();
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

void Courier::settle(Parcel& parcel, const ExportOutcome& outcome, Lock& lock) {
  if (outcome.status == ExportOutcome::Status::kRetry) {
    return settle_for_later(parcel, outcome, lock);
  }
  attempt_ = 0;
  if (parcel.number == 0) {
    take_front(lock);
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

void Courier::take_front(Lock& lock) {
  lock.unlock();
  spool_->take_front();
  lock.lock();
  hold_up_.front_changed();
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

void Courier::settle_for_later(Parcel& parcel, const ExportOutcome& outcome, Lock& lock) {
  if (!is_stopping_) {
    due_ = now() + options_.retry.delay(attempt_++, random_number(), outcome.retry_after);
    say_failed(outcome, 0);
  }
  if (parcel.number == 0) {
    settle_front_for_later(parcel, outcome, lock);
  } else if (is_worth_keeping(parcel)) {
    hold(std::move(parcel));
  } else {
    const DropReason reason = is_stopping_ ? DropReason::kShutdown : DropReason::kRetriesExhausted;
    account_lost(parcel, parcel.batch.record_count, reason_without_spool(reason));
  }
  if (!spool_) return;
  for (Parcel& held : held_) held.is_for_disk = true;
  disk_wake_.notify_one();
}

// A disk that takes it, or time to try again from memory.
bool Courier::is_worth_keeping(const Parcel& parcel) const noexcept {
  if (is_stopping_) return spool_.has_value();
  return (spool_ && !spool_->is_failing()) || due_ < *parcel.deadline;
}

void Courier::settle_front_for_later(const Parcel& parcel, const ExportOutcome& outcome,
                                     Lock& lock) {
  if (is_stopping_ || hold_up_.front_failed(now())) {
    // It waits for its own pause while new ones go: a back end that takes them is there.
    if (const unsigned count = hold_up_.overtaken_count(); count > 0) {
      replay_due_ = now() + options_.retry.delay(count, random_number(), outcome.retry_after);
    }
    lock.unlock();
    spool_->keep_front();
    lock.lock();
    return;
  }
  take_front(lock);
  attempt_ = 0;
  is_failing_ = false;
  settle_refused(parcel, outcome);
}

void Courier::spool_or_drop(const EncodedBatch& batch) {
  if (spool_ && spool_->append(batch)) return;
  ledger_.dropped(options_.signal, batch.record_count, reason_without_spool(DropReason::kShutdown));
}

void Courier::account_lost(const Parcel& parcel, std::uint64_t count, DropReason reason) noexcept {
  if (parcel.number == 0) {
    ledger_.dropped_from_spool(options_.signal, count, reason);
  } else {
    ledger_.dropped(options_.signal, count, reason);
  }
}

bool Courier::is_settled(std::uint64_t number) const noexcept {
  return (sending_ == 0 || sending_ > number) && (writing_ == 0 || writing_ > number) &&
         (held_.empty() || held_.front().number > number);
}

bool Courier::flush(std::chrono::milliseconds timeout) {
  Lock lock(mutex_);
  const std::uint64_t last = given_count_;
  return settled_.wait_for(lock, timeout, [&] { return is_settled(last); });
}

void Courier::begin_stop() noexcept {
  const std::lock_guard lock(mutex_);
  if (std::exchange(is_stopping_, true)) return;
  exporter_.cancel();
  wake_.notify_all();
  disk_wake_.notify_all();
  settled_.notify_all();
}

void Courier::stop() noexcept {
  begin_stop();
  if (thread_.joinable()) thread_.join();
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    disk_wake_.notify_all();
  }
  if (disk_thread_.joinable()) disk_thread_.join();
  std::deque<Parcel> rest;  // of a courier that was never started
  {
    const std::lock_guard lock(mutex_);
    rest.swap(held_);
  }
  for (const Parcel& parcel : rest) spool_or_drop(parcel.batch);
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

}  // namespace vigie::telemetry
