#include "server/blob/disk_part_sink.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstdint>
#include <utility>

#include "server/blob/file_calls.hpp"
#include "server/blob/offload.hpp"
#include "server/blob/random_name.hpp"
#include "server/blob/sha256.hpp"

namespace vigie::blob {

using domain::Result;

namespace {

using Clock = std::chrono::steady_clock;

/// Two of them are all the memory that a part takes. They grow while they are filled in a moment: a
/// client that sends slowly needs little.
constexpr std::size_t kBufferBytesMin = std::size_t{16} * 1024;
constexpr std::size_t kBufferBytesMax = std::size_t{256} * 1024;
constexpr std::chrono::milliseconds kMoment{100};
/// Written back while more arrives: the sync at the end has little left to wait for.
constexpr std::uint64_t kWriteBackBytes = std::uint64_t{8} * 1024 * 1024;
/// How long the end of a part that failed waits for its bytes to be given back.
constexpr std::chrono::seconds kGiveBackPatience{10};

}  // namespace

/// Its owners are the sink and the work that it has on the pool, one at a time. The lock ends with
/// the last of them, so no write comes after it.
struct DiskPartSink::Part {
  Part(std::shared_ptr<DiskLayout> store, DiskUpload opened, domain::PartPlace wanted)
      : layout(std::move(store)), upload(std::move(opened)), place(std::move(wanted)) {}

  Result<void> append(std::string_view bytes);
  Result<domain::PartReceipt> commit();

  const std::shared_ptr<DiskLayout> layout;  // with the store and its other parts
  DiskUpload upload;
  const domain::PartPlace place;
  Sha256 hash;
  std::uint64_t bytes = 0;
  std::uint64_t written_back = 0;
  std::string spare;  // a buffer that has been written
};

Result<void> DiskPartSink::Part::append(std::string_view more) {
  hash.update(more);
  auto written = write_at(upload.content(), place.offset + bytes, more, upload.content_path());
  if (!written) return written;
  bytes += more.size();
  if (bytes - written_back >= kWriteBackBytes) {
    // Advice: what it cannot begin, the sync does.
    ::sync_file_range(upload.content().get(), static_cast<off_t>(place.offset + written_back),
                      static_cast<off_t>(bytes - written_back), SYNC_FILE_RANGE_WRITE);
    written_back = bytes;
  }
  return {};
}

Result<domain::PartReceipt> DiskPartSink::Part::commit() {
  domain::PartReceipt receipt{.bytes = bytes, .hash = hash.finish(), .token = random_name()};
  auto recorded = upload.record(place, receipt);
  // An upload that has gone may have done so with all of the store.
  if (auto checked = layout->check(); !checked) recorded = std::move(checked);
  if (recorded) return receipt;
  static_cast<void>(upload.give_back(place));
  return std::move(recorded).error();
}

Result<std::unique_ptr<domain::PartSink>> DiskPartSink::begin(
    net::CpuPool& pool, const std::shared_ptr<DiskLayout>& layout, const domain::Context& context,
    const domain::PartPlace& place) {
  auto part = offload(pool, context.deadline, [layout, place]() -> Result<std::shared_ptr<Part>> {
    auto upload = DiskUpload::open_or_make(*layout, place.upload);
    if (!upload) return std::move(upload).error();
    auto begun = std::make_shared<Part>(layout, *std::move(upload), place);
    auto locked = begun->upload.lock(DiskUpload::Use::kWrite, place);
    if (!locked) {
      if (auto checked = layout->check(); !checked) return std::move(checked).error();
      // It has gone in this moment: a join or an end of the upload came first.
      domain::Error error = std::move(locked).error();
      if (error.code == domain::Code::kNotFound) error.code = domain::Code::kUploadBusy;
      return error;
    }
    if (auto struck = begun->upload.strike_out(place); !struck) return std::move(struck).error();
    return begun;
  });
  if (!part) return std::move(part).error();
  return std::unique_ptr<domain::PartSink>(
      new DiskPartSink(pool, *std::move(part), context.deadline));
}

DiskPartSink::DiskPartSink(net::CpuPool& pool, std::shared_ptr<Part> part, net::TimePoint deadline)
    : pool_(pool),
      part_(std::move(part)),
      deadline_(deadline),
      buffer_bytes_(kBufferBytesMin),
      buffer_begun_at_(Clock::now()),
      writing_(pool) {}

DiskPartSink::~DiskPartSink() {
  if (part_ == nullptr) return;
  try {
    give_back();
  } catch (...) {
    // What is left, the sweeper finds.
  }
}

/// After the work before, however that went. Without a fiber that could wait, the sweeper does it.
void DiskPartSink::give_back() {
  if (!net::on_fiber()) return;
  const auto until = std::chrono::steady_clock::now() + kGiveBackPatience;
  static_cast<void>(writing_.finish(until));
  auto begun =
      writing_.start([part = part_] { return part->upload.give_back(part->place); }, until);
  if (begun) static_cast<void>(writing_.finish(until));
}

Result<void> DiskPartSink::write(std::string_view bytes) {
  if (failure_) return *failure_;
  assert(part_ != nullptr);  // it was committed
  taken_bytes_ += bytes.size();
  if (taken_bytes_ > part_->place.bytes) {
    return fail(
        {.code = domain::Code::kValidationFailed, .message = "The part is longer than was said."});
  }
  while (!bytes.empty()) {
    if (buffer_.capacity() < buffer_bytes_) buffer_.reserve(buffer_bytes_);
    const std::size_t count = std::min(bytes.size(), buffer_bytes_ - buffer_.size());
    buffer_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (buffer_.size() < buffer_bytes_) continue;
    if (auto handed = hand_over(); !handed) return handed;
  }
  return {};
}

/// After the wait for the work before, nobody else uses the part.
Result<void> DiskPartSink::hand_over() {
  if (auto done = writing_.finish(deadline_); !done) return fail(std::move(done).error());
  auto work = [part = part_, bytes = std::make_shared<std::string>(std::move(buffer_))] {
    auto appended = part->append(*bytes);
    part->spare = std::move(*bytes);
    return appended;
  };
  begin_buffer();
  if (auto begun = writing_.start(std::move(work), deadline_); !begun) {
    return fail(std::move(begun).error());
  }
  return {};
}

void DiskPartSink::begin_buffer() {
  const net::TimePoint now = Clock::now();
  const bool is_quick = now - buffer_begun_at_ < kMoment;
  buffer_bytes_ = is_quick ? std::min(2 * buffer_bytes_, kBufferBytesMax) : kBufferBytesMin;
  buffer_begun_at_ = now;
  buffer_ = std::move(part_->spare);
  if (buffer_.capacity() > 2 * buffer_bytes_) buffer_ = std::string();
  buffer_.clear();
}

Result<void> DiskPartSink::fail(domain::Error error) {
  failure_ = std::move(error);
  return *failure_;
}

Result<domain::PartReceipt> DiskPartSink::commit() {
  if (failure_) return *failure_;
  if (auto handed = hand_over(); !handed) return std::move(handed).error();
  if (auto done = writing_.finish(deadline_); !done) {
    return std::move(fail(std::move(done).error())).error();
  }
  auto receipt = offload(pool_, deadline_, [part = part_] { return part->commit(); });
  if (!receipt) failure_ = receipt.error();
  part_ = nullptr;  // with its lock
  return receipt;
}

}  // namespace vigie::blob
