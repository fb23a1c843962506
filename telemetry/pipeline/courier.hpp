#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include "telemetry/clock.hpp"
#include "telemetry/ledger.hpp"
#include "telemetry/pipeline/exporter.hpp"
#include "telemetry/pipeline/hold_up.hpp"
#include "telemetry/pipeline/retry_policy.hpp"
#include "telemetry/pipeline/shared_spool.hpp"

namespace vigie::telemetry {

class Log;

struct CourierOptions {
  Signal signal = Signal::kTraces;
  RetryPolicy retry;
  /// When a spooled batch that fails for ever is dropped as rejected, so that the rest can go on.
  HoldUpLimits hold_up;
  /// How long a batch is kept in memory and tried again when it cannot go to a spool.
  std::chrono::milliseconds export_timeout{30000};
  /// Without one a batch that is not taken in time is lost.
  std::optional<SpoolOptions> spool;
  /// Uncompressed, however they are sent: it bounds the work of the back end.
  std::uint64_t replay_bytes_per_second = std::uint64_t{4} << 20;
};

/// Brings the encoded batches of one signal to the back end, from a thread of its own. While the
/// back end takes none, batches go to the spool and the oldest one is tried after growing pauses;
/// when it is taken, new batches are sent directly and the spool is replayed beside them, oldest
/// first, at a bounded rate. A second thread writes the spool, so whoever gives a batch waits for
/// no disk. Delivery is at least once: a batch comes twice when its answer is lost. Each move of
/// records is in the ledger as it happens. Thread-safe.
class Courier {
 public:
  /// Batches in memory that wait to be sent, ...
  static constexpr std::size_t kOutboxMax = 4;
  /// ... and with those that wait for the disk.
  static constexpr std::size_t kHeldMax = 2 * kOutboxMax;

  /// Takes what earlier processes spooled. All references outlive the courier.
  Courier(const CourierOptions& options, Exporter& exporter, const Clock& clock, Ledger& ledger);
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  /// Begins to send. `log` outlives stop().
  void start(Log& log);

  /// Takes a batch of records that are queued in the ledger. It waits only when there is no room in
  /// memory; never after begin_stop(). For the thread that encodes.
  void give(EncodedBatch batch);
  /// Waits until each batch that was given is exported, spooled or lost. False when the time ran
  /// out.
  bool flush(std::chrono::milliseconds timeout);
  /// Ends the call that is under way. What is not sent, and what is given from now on, goes to the
  /// spool, or is dropped where there is none.
  void begin_stop() noexcept;
  /// begin_stop(), and the end of the threads: it waits for the disk, and what is given after it
  /// does so too.
  void stop() noexcept;

  Signal signal() const noexcept { return options_.signal; }
  std::uint64_t spool_bytes() const noexcept { return spool_ ? spool_->bytes() : 0; }
  /// 0 without a spool.
  std::uint64_t spool_bytes_max() const noexcept {
    return options_.spool ? options_.spool->bytes_max : 0;
  }
  std::uint64_t corrupt_segment_count() const noexcept {
    return spool_ ? spool_->corrupt_segment_count() : 0;
  }

 private:
  using Nanoseconds = std::chrono::nanoseconds;
  using Lock = std::unique_lock<std::mutex>;

  struct Parcel {
    EncodedBatch batch;
    /// In the order of give(); 0: from the spool.
    std::uint64_t number = 0;
    /// From the first attempt on.
    std::optional<Nanoseconds> deadline;
    /// Goes to the spool, unless it is sent before the disk has taken it.
    bool is_for_disk = false;
  };

  void run() noexcept;
  void run_disk() noexcept;
  std::optional<Parcel> next_parcel(Lock& lock);
  void wait(Lock& lock);
  void adopt(Lock& lock);
  void write(std::deque<Parcel>::iterator place, Lock& lock);
  void take_front(Lock& lock);
  void hold(Parcel parcel);
  Parcel take_held(std::deque<Parcel>::iterator place);
  bool has_room() const noexcept;
  bool wants_disk() const noexcept;
  ExportOutcome send(const Parcel& parcel) noexcept;
  void settle(Parcel& parcel, const ExportOutcome& outcome, Lock& lock);
  void settle_taken(const Parcel& parcel, const ExportOutcome& outcome);
  void settle_refused(const Parcel& parcel, const ExportOutcome& outcome);
  void settle_for_later(Parcel& parcel, const ExportOutcome& outcome, Lock& lock);
  bool is_worth_keeping(const Parcel& parcel) const noexcept;
  void settle_front_for_later(const Parcel& parcel, const ExportOutcome& outcome, Lock& lock);
  void settle_unwritten(Parcel parcel);
  void spool_or_drop(const EncodedBatch& batch);
  void account_lost(const Parcel& parcel, std::uint64_t count, DropReason reason) noexcept;
  DropReason reason_without_spool(DropReason reason) const noexcept {
    return spool_ ? DropReason::kSpoolFailed : reason;
  }
  bool is_settled(std::uint64_t number) const noexcept;
  bool has_spooled() const noexcept { return spool_ && !spool_->is_empty(); }
  bool is_backing_off() const noexcept { return attempt_ > 0; }
  bool is_probe_wanted() const noexcept;
  std::size_t fresh_count() const noexcept;
  Nanoseconds front_due() const noexcept;
  Nanoseconds now() const noexcept { return Nanoseconds(clock_.monotonic_ns()); }

  void say_failed(const ExportOutcome& outcome, std::uint64_t lost_count) noexcept;
  void say_recovered() noexcept;

  CourierOptions options_;
  Exporter& exporter_;
  const Clock& clock_;
  Ledger& ledger_;
  Log* log_ = nullptr;
  std::optional<SharedSpool> spool_;

  /// Guards all that follows but the threads. Not held while sending, nor while the disk works.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable disk_wake_;
  std::condition_variable settled_;
  HoldUp hold_up_;
  /// In the order of give(), without what is being sent or written.
  std::deque<Parcel> held_;
  std::uint64_t given_count_ = 0;
  /// Number of the parcel that is being sent; 0: none, or one of the spool.
  std::uint64_t sending_ = 0;
  /// Number of the parcel that is being written; 0: none.
  std::uint64_t writing_ = 0;
  /// Failed attempts since the back end took something last.
  unsigned attempt_ = 0;
  Nanoseconds due_{0};
  Nanoseconds replay_due_{0};
  Nanoseconds adopt_due_{0};
  /// When a disk that refused is tried again.
  Nanoseconds disk_due_{0};
  bool is_stopping_ = false;
  bool is_stopped_ = false;
  bool is_failing_ = false;

  std::jthread thread_;
  std::jthread disk_thread_;
};

}  // namespace vigie::telemetry
