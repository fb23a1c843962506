#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "telemetry/pipeline/disk_file.hpp"
#include "telemetry/pipeline/encoded_batch.hpp"
#include "telemetry/pipeline/spool_format.hpp"

namespace vigie::telemetry {

/// One file of a spool (spool_format.hpp): batches are appended at its end and taken from its
/// front. Nothing that stands in the file is believed without its checksum. Not thread-safe.
class SpoolSegment {
 public:
  /// A new file. Null when the disk refuses it; nothing is left behind then.
  static std::unique_ptr<SpoolSegment> create(const std::string& path);
  /// A file that an earlier process left, whatever is in it: read up to the first frame header that
  /// is damaged or cut off. Null when it cannot be opened. It takes no more batches.
  static std::unique_ptr<SpoolSegment> recover(const std::string& path);

  /// The payload is gzip. False when the disk refuses it; the segment is as before.
  bool append(std::string_view payload, std::uint32_t record_count) noexcept;
  /// Puts it on the disk; no more batches are appended.
  void finish() noexcept;

  /// The oldest batch that was not taken. Nothing at the end, or when the file cannot be opened at
  /// the moment. Frames with a wrong checksum, or a payload that does not inflate, are left out and
  /// counted as lost. A payload that an earlier version wrote is plain in either case.
  std::optional<EncodedBatch> front(Coding wanted);
  /// Ends the batch that front() gave: a later process will not see it.
  void take_front() noexcept;

  /// Nothing more will be read from it.
  bool is_exhausted() const noexcept { return position_ >= end_; }
  bool is_open() const noexcept { return is_open_; }
  bool is_damaged() const noexcept { return is_damaged_; }
  /// Not taken and not lost.
  std::uint64_t record_count() const noexcept { return record_count_; }
  std::uint64_t file_bytes() const noexcept { return file_bytes_; }
  /// Records that were found damaged since the last call, as far as their number is known.
  std::uint64_t take_lost_count() noexcept { return std::exchange(lost_count_, 0); }

 private:
  explicit SpoolSegment(std::string path) : path_(std::move(path)) {}

  void scan();
  bool read_header();
  std::optional<spool_format::FrameHeader> read_frame_header(std::uint64_t at) const noexcept;
  bool open_for_reading();
  std::optional<EncodedBatch> read_batch(const spool_format::FrameHeader& header,
                                         Coding wanted) const;
  void skip(const spool_format::FrameHeader& header) noexcept;
  void give_up_rest() noexcept;

  std::string path_;
  DiskFile file_;
  std::uint64_t file_bytes_ = 0;
  /// Where the next batch begins, and where the last one ends.
  std::uint64_t position_ = spool_format::kHeaderBytes;
  std::uint64_t end_ = spool_format::kHeaderBytes;
  std::uint64_t record_count_ = 0;
  std::uint64_t lost_count_ = 0;
  spool_format::FrameHeader front_;
  Coding coding_ = Coding::kGzip;
  bool is_open_ = false;
  bool is_damaged_ = false;
};

}  // namespace vigie::telemetry
