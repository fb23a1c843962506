#include "telemetry/pipeline/spool_segment.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace vigie::telemetry {

using spool_format::FrameHeader;
using spool_format::kFrameHeaderBytes;
using spool_format::kHeaderBytes;

std::unique_ptr<SpoolSegment> SpoolSegment::create(const std::string& path) {
  std::unique_ptr<SpoolSegment> segment(new SpoolSegment(path));
  if (!segment->file_.open(path, O_RDWR | O_CREAT | O_EXCL)) return nullptr;
  const auto header = spool_format::encode_header(kHeaderBytes);
  if (!segment->file_.write_at(0, header.data(), header.size())) {
    const int cause = errno;
    unlink(path.c_str());
    errno = cause;
    return nullptr;
  }
  segment->file_bytes_ = kHeaderBytes;
  segment->is_open_ = true;
  return segment;
}

std::unique_ptr<SpoolSegment> SpoolSegment::recover(const std::string& path) {
  std::unique_ptr<SpoolSegment> segment(new SpoolSegment(path));
  if (!segment->open_for_reading()) return nullptr;
  segment->scan();
  segment->file_.close();
  return segment;
}

void SpoolSegment::scan() {
  file_bytes_ = file_.size();
  // A process that was killed between making the file and its first write leaves nothing.
  if (file_bytes_ == 0 || !read_header()) {
    is_damaged_ = file_bytes_ != 0;
    position_ = end_ = 0;
    return;
  }
  std::uint64_t total = 0;
  std::optional<std::uint64_t> taken;
  for (;; end_ += kFrameHeaderBytes + front_.length, total += front_.record_count) {
    if (end_ == position_) taken = total;
    if (end_ == file_bytes_) break;
    const auto header = read_frame_header(end_);
    is_damaged_ = !header || file_bytes_ - end_ - kFrameHeaderBytes < header->length;
    if (is_damaged_) {
      if (header) lost_count_ += header->record_count;
      break;
    }
    front_ = *header;
  }
  if (!taken) {
    // Rather twice than never.
    is_damaged_ = true;
    position_ = kHeaderBytes;
  }
  record_count_ = total - taken.value_or(0);
}

// False when the file is no segment.
bool SpoolSegment::read_header() {
  std::array<char, kHeaderBytes> header{};
  if (!file_.read_at(0, header.data(), header.size())) return false;
  const auto version = spool_format::decode_version(header);
  if (!version) return false;
  coding_ = *version == spool_format::kVersionPlain ? Coding::kPlain : Coding::kGzip;
  position_ = spool_format::decode_position(header).value_or(0);
  return true;
}

std::optional<FrameHeader> SpoolSegment::read_frame_header(std::uint64_t at) const noexcept {
  std::array<char, kFrameHeaderBytes> bytes{};
  if (!file_.read_at(at, bytes.data(), bytes.size())) return std::nullopt;
  return spool_format::decode_frame_header(bytes);
}

bool SpoolSegment::append(std::string_view payload, std::uint32_t record_count) noexcept {
  const auto header = spool_format::encode_frame_header(payload, record_count);
  if (!is_open_ || !file_.write_at(end_, header.data(), header.size()) ||
      !file_.write_at(end_ + header.size(), payload.data(), payload.size())) {
    const int cause = errno;
    // What is behind the end would be a torn frame to a later process.
    file_.truncate(end_);
    errno = cause;
    return false;
  }
  end_ += header.size() + payload.size();
  file_bytes_ = end_;
  record_count_ += record_count;
  return true;
}

void SpoolSegment::finish() noexcept {
  if (!is_open_) return;
  is_open_ = false;
  file_.sync();
  file_.close();
}

// For writing too, so that what was taken can be marked; not on a disk that is read-only.
bool SpoolSegment::open_for_reading() {
  return file_.is_open() || file_.open(path_, O_RDWR) || file_.open(path_, O_RDONLY);
}

std::optional<EncodedBatch> SpoolSegment::front(Coding wanted) {
  while (!is_exhausted()) {
    if (!open_for_reading()) {
      if (errno == ENOENT) give_up_rest();
      return std::nullopt;
    }
    const auto header = read_frame_header(position_);
    if (!header || end_ - position_ - kFrameHeaderBytes < header->length) {
      give_up_rest();
      return std::nullopt;
    }
    std::optional<EncodedBatch> batch = read_batch(*header, wanted);
    if (batch) {
      front_ = *header;
      return batch;
    }
    is_damaged_ = true;
    lost_count_ += header->record_count;
    skip(*header);
  }
  return std::nullopt;
}

std::optional<EncodedBatch> SpoolSegment::read_batch(const FrameHeader& header,
                                                     Coding wanted) const {
  EncodedBatch batch{std::string(header.length, '\0'), header.record_count, coding_};
  if (!file_.read_at(position_ + kFrameHeaderBytes, batch.bytes.data(), batch.bytes.size()) ||
      spool_format::checksum(batch.bytes) != header.checksum) {
    return std::nullopt;
  }
  if (coding_ == Coding::kPlain) return batch;
  // Also when it is sent as it is: a right checksum vouches for the disk, not for its writer.
  std::optional<std::string> plain = gunzip(batch.bytes, spool_format::kPlainBytesMax);
  if (!plain) return std::nullopt;
  if (wanted == Coding::kPlain) {
    batch.bytes = std::move(*plain);
    batch.coding = Coding::kPlain;
  }
  return batch;
}

void SpoolSegment::take_front() noexcept { skip(front_); }

void SpoolSegment::skip(const FrameHeader& header) noexcept {
  record_count_ -= std::min<std::uint64_t>(header.record_count, record_count_);
  position_ += kFrameHeaderBytes + header.length;
  // A disk that refuses this gives the batch to a later process once more.
  const auto bytes = spool_format::encode_position(position_);
  file_.write_at(spool_format::kPositionAt, bytes.data(), bytes.size());
}

void SpoolSegment::give_up_rest() noexcept {
  is_damaged_ = true;
  lost_count_ += std::exchange(record_count_, 0);
  end_ = position_;
}

}  // namespace vigie::telemetry
