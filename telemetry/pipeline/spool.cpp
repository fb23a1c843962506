#include "telemetry/pipeline/spool.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>
#include <vector>

namespace vigie::telemetry {
namespace {

// Eviction takes a whole segment: more of them lose less at once.
constexpr std::uint64_t kSegmentsLeast = 8;

}  // namespace

Spool::Spool(const SpoolOptions& options) : options_(options), directory_(options.directory) {
  options_.segment_bytes_max =
      std::min(options_.segment_bytes_max, options_.bytes_max / kSegmentsLeast);
  is_usable();
}

Spool::~Spool() { finish(); }

// Takes the directory as soon as it can be had.
bool Spool::is_usable() {
  if (directory_.is_acquired()) return true;
  if (!directory_.acquire()) return fail("directory");
  set_aside_bytes_ = directory_.set_aside_bytes();
  for (const std::uint64_t number : directory_.segments()) recover(number);
  adopt();
  return true;
}

void Spool::adopt() {
  if (!directory_.is_acquired()) return;
  const std::vector<std::uint64_t> adopted = directory_.adopt();
  if (!adopted.empty()) finish();
  for (const std::uint64_t number : adopted) recover(number);
  has_room_after_eviction(0);
}

void Spool::recover(std::uint64_t number) {
  std::unique_ptr<SpoolSegment> segment = SpoolSegment::recover(directory_.path_of(number));
  if (segment == nullptr) {
    fail("segment");
    return;
  }
  const std::uint64_t lost = segment->take_lost_count();
  news_.recovered_count += segment->record_count() + lost;
  news_.corrupt_count += lost;
  if (segment->is_exhausted()) return remove({number, std::move(segment)});
  bytes_ += segment->file_bytes();
  record_count_ += segment->record_count();
  segments_.push_back({number, std::move(segment)});
}

bool Spool::append(const EncodedBatch& batch) {
  if (!is_usable()) return false;
  if (batch.bytes.size() > spool_format::kPlainBytesMax) return refuse_size();
  try {
    return append_payload(gzip(batch.bytes), batch.record_count);
  } catch (const std::exception&) {
    errno = ENOMEM;
    return fail("batch");
  }
}

bool Spool::append_payload(std::string_view payload, std::uint32_t record_count) {
  const std::uint64_t bytes = spool_format::kFrameHeaderBytes + payload.size();
  if (!has_room_after_eviction(bytes + spool_format::kHeaderBytes)) return refuse_size();
  SpoolSegment* segment = segment_for(bytes);
  if (segment == nullptr) return fail("segment");
  if (!segment->append(payload, record_count)) return fail("append");
  bytes_ += bytes;
  record_count_ += record_count;
  return true;
}

// Null when the disk refuses a new one.
SpoolSegment* Spool::segment_for(std::uint64_t bytes) {
  if (!segments_.empty()) {
    SpoolSegment& last = *segments_.back().segment;
    if (last.is_open() && last.file_bytes() + bytes <= options_.segment_bytes_max) return &last;
    finish();
  }
  const std::uint64_t number = directory_.next_number();
  std::unique_ptr<SpoolSegment> segment = SpoolSegment::create(directory_.path_of(number));
  if (segment == nullptr) return nullptr;
  bytes_ += segment->file_bytes();
  segments_.push_back({number, std::move(segment)});
  return segments_.back().segment.get();
}

bool Spool::has_room_after_eviction(std::uint64_t bytes) {
  if (bytes > options_.bytes_max) return false;
  while (this->bytes() + bytes > options_.bytes_max) {
    if (set_aside_bytes_ > 0 && directory_.remove_oldest_set_aside()) {
      set_aside_bytes_ = directory_.set_aside_bytes();
    } else if (segments_.empty()) {
      return true;
    } else {
      evict_oldest();
    }
  }
  return true;
}

void Spool::evict_oldest() {
  const NumberedSegment& oldest = segments_.front();
  const std::uint64_t lent = is_front_lent() ? loan_->record_count : 0;
  const std::uint64_t lost = oldest.segment->record_count() - lent;
  news_.evicted_count += lost;
  record_count_ -= lost;
  bytes_ -= oldest.segment->file_bytes();
  unlink(directory_.path_of(oldest.number).c_str());
  segments_.pop_front();
}

std::optional<EncodedBatch> Spool::front() {
  while (!segments_.empty()) {
    SpoolSegment& segment = *segments_.front().segment;
    std::optional<EncodedBatch> batch = segment.front(options_.given_as);
    count_lost(segment);
    if (batch) {
      loan_ = {segments_.front().number, batch->record_count};
      return batch;
    }
    if (!segment.is_exhausted()) return std::nullopt;
    remove_oldest();
  }
  return std::nullopt;
}

void Spool::count_lost(SpoolSegment& segment) noexcept {
  const std::uint64_t lost = segment.take_lost_count();
  news_.corrupt_count += lost;
  record_count_ -= lost;
}

void Spool::remove_oldest() {
  bytes_ -= segments_.front().segment->file_bytes();
  remove(segments_.front());
  segments_.pop_front();
}

// Pre: it is exhausted.
void Spool::remove(const NumberedSegment& exhausted) {
  exhausted.segment->finish();
  if (!exhausted.segment->is_damaged()) {
    unlink(directory_.path_of(exhausted.number).c_str());
    return;
  }
  directory_.set_aside(exhausted.number);
  set_aside_bytes_ = directory_.set_aside_bytes();
  ++news_.corrupt_segment_count;
}

void Spool::take_front() {
  if (!loan_) return;
  record_count_ -= loan_->record_count;
  if (is_front_lent()) {
    SpoolSegment& segment = *segments_.front().segment;
    segment.take_front();
    if (segment.is_exhausted()) remove_oldest();
  }
  loan_.reset();
}

void Spool::keep_front() noexcept {
  if (loan_ && !is_front_lent()) {
    record_count_ -= loan_->record_count;
    news_.evicted_count += loan_->record_count;
  }
  loan_.reset();
}

void Spool::finish() noexcept {
  if (segments_.empty() || !segments_.back().segment->is_open()) return;
  segments_.back().segment->finish();
  directory_.sync();
}

bool Spool::refuse_size() {
  errno = EFBIG;
  return fail("batch");
}

bool Spool::fail(std::string_view what) {
  fault_ = std::string(what) + ": " + std::generic_category().message(errno);
  return false;
}

}  // namespace vigie::telemetry
