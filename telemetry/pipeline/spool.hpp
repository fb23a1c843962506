#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "telemetry/pipeline/spool_directory.hpp"
#include "telemetry/pipeline/spool_segment.hpp"

namespace vigie::telemetry {

struct SpoolOptions {
  /// Of this signal alone. Made when it is missing.
  std::string directory;
  /// Of all files together; over it the oldest segment goes.
  std::uint64_t bytes_max = std::uint64_t{256} << 20;
  std::uint64_t segment_bytes_max = std::uint64_t{1} << 20;
  /// What front() gives: requests as append() took them, or as they lie on the disk.
  Coding given_as = Coding::kPlain;
};

/// What happened beside what was asked for, in records.
struct SpoolNews {
  /// Left by processes that are gone: they are in the spool now, or among the next two.
  std::uint64_t recovered_count = 0;
  std::uint64_t evicted_count = 0;
  /// As far as their number is known.
  std::uint64_t corrupt_count = 0;
  std::uint64_t corrupt_segment_count = 0;
};

/// Batches on disk, compressed and in order, for the time when the back end does not take them.
/// Outlives a crash or kill of the process at any instant: what append() took stays, and a batch
/// that was taken but not yet marked comes once more. A segment is put on the disk (fdatasync) when
/// it is full and at the end; a power cut may cost the one that is being written, and may bring
/// back what was taken. Disk failures are return values, never exceptions; a disk that works again
/// is used again. Not thread-safe.
class Spool {
 public:
  /// Takes what earlier processes left. A directory that cannot be had now is tried again by
  /// append().
  explicit Spool(const SpoolOptions& options);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  /// Compresses it. False when the disk refuses the batch, or it is larger than the spool or than
  /// spool_format::kPlainBytesMax; fault() says why. May evict older ones. Pre: it is plain.
  bool append(const EncodedBatch& batch);
  /// Lends the oldest batch, until take_front() or keep_front(). Nothing when the spool is empty,
  /// or cannot be read at the moment. Pre: none is lent.
  std::optional<EncodedBatch> front();
  /// The lent batch has been dealt with.
  void take_front();
  /// The lent batch stays; if its segment was evicted meanwhile, it is evicted now.
  void keep_front() noexcept;
  /// Looks again for what processes left that are gone by now.
  void adopt();
  /// Puts everything on the disk.
  void finish() noexcept;

  /// Records in the spool, with those that are lent.
  std::uint64_t record_count() const noexcept { return record_count_; }
  std::uint64_t bytes() const noexcept { return bytes_ + set_aside_bytes_; }
  std::uint64_t bytes_max() const noexcept { return options_.bytes_max; }
  bool is_empty() const noexcept { return record_count_ == 0; }
  SpoolNews take_news() noexcept { return std::exchange(news_, {}); }
  /// Why the disk refused something last; empty when it never did.
  const std::string& fault() const noexcept { return fault_; }

 private:
  struct NumberedSegment {
    std::uint64_t number;
    std::unique_ptr<SpoolSegment> segment;
  };
  struct Loan {
    std::uint64_t number;
    std::uint32_t record_count;
  };

  bool is_usable();
  bool append_payload(std::string_view payload, std::uint32_t record_count);
  void recover(std::uint64_t number);
  bool has_room_after_eviction(std::uint64_t bytes);
  SpoolSegment* segment_for(std::uint64_t bytes);
  void evict_oldest();
  void remove_oldest();
  void remove(const NumberedSegment& exhausted);
  void count_lost(SpoolSegment& segment) noexcept;
  bool refuse_size();
  bool fail(std::string_view what);
  bool is_front_lent() const noexcept {
    return loan_ && !segments_.empty() && segments_.front().number == loan_->number;
  }

  SpoolOptions options_;
  SpoolDirectory directory_;
  /// Oldest first; only the last may be open.
  std::deque<NumberedSegment> segments_;
  std::optional<Loan> loan_;
  std::uint64_t record_count_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t set_aside_bytes_ = 0;
  SpoolNews news_;
  std::string fault_;
};

}  // namespace vigie::telemetry
