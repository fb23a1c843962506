#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>

#include "telemetry/ledger.hpp"
#include "telemetry/pipeline/spool.hpp"

namespace vigie::telemetry {

class Log;

/// A spool under a lock of its own, which is held while the disk works. Each move of records is in
/// the ledger before the lock is given up. Thread-safe; what is const waits for no disk.
class SharedSpool {
 public:
  /// Takes what earlier processes left. `ledger` outlives the spool.
  SharedSpool(Signal signal, const SpoolOptions& options, Ledger& ledger);
  SharedSpool(const SharedSpool&) = delete;
  SharedSpool& operator=(const SharedSpool&) = delete;

  /// Says what was found so far; from now on also what goes wrong.
  void start(Log& log);
  /// Of records that are queued in the ledger. False: the disk refuses them.
  bool append(const EncodedBatch& batch);
  /// As of Spool.
  std::optional<EncodedBatch> front();
  void take_front();
  void keep_front();
  /// Looks for what processes left that are gone, when there is nothing else to do.
  void adopt();
  void finish() noexcept;

  bool is_empty() const noexcept { return record_count_.load() == 0; }
  /// The disk refused the last batch that it was given.
  bool is_failing() const noexcept { return is_failing_.load(); }
  std::uint64_t bytes() const noexcept { return bytes_.load(); }
  std::uint64_t corrupt_segment_count() const noexcept { return corrupt_segment_count_.load(); }
  /// Batches were evicted, or found damaged, since this was asked last: the oldest may be another.
  bool has_lost_some() noexcept { return has_lost_some_.exchange(false); }

 private:
  void account() noexcept;
  void say_failed() noexcept;

  const Signal signal_;
  Ledger& ledger_;
  std::atomic<std::uint64_t> record_count_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<std::uint64_t> corrupt_segment_count_{0};
  std::atomic<bool> is_failing_{false};
  std::atomic<bool> has_lost_some_{false};

  std::mutex mutex_;  // guards what follows
  Spool spool_;
  Log* log_ = nullptr;
};

}  // namespace vigie::telemetry
