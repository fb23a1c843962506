#include "server/blob/disk_upload.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <type_traits>
#include <vector>

#include "server/blob/file_calls.hpp"

namespace vigie::blob {

using domain::Error;
using domain::Result;

/// One part as `parts` holds it, in this machine's byte order; never across a page, so never torn
/// by a crash of the process. All zeros: no such part.
struct DiskUpload::Record {
  std::array<char, 32> token{};
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::array<char, 16> reserved{};

  bool is_there() const noexcept { return token.front() != '\0'; }
  std::string_view token_text() const noexcept { return {token.data(), token.size()}; }
};

namespace {

constexpr std::size_t kRecordBytes = 64;

Error not_there(const std::string& what) {
  return {.code = domain::Code::kNotFound,
          .message = "A part of the upload is not there.",
          .detail = what};
}

bool is_same_file(const core::Descriptor& file, const std::string& path) {
  struct stat open_one {};
  struct stat named_one {};
  return ::fstat(file.get(), &open_one) == 0 && ::stat(path.c_str(), &named_one) == 0 &&
         open_one.st_dev == named_one.st_dev && open_one.st_ino == named_one.st_ino;
}

Result<core::Descriptor> open_existing(const std::string& path, int flags) {
  auto file = open_file(path, flags);
  if (!file) return std::move(file).error();
  if (!*file) return file_error("open", path, ENOENT);
  return std::move(**file);
}

/// What a join or a removal that was cut off has left: a directory without a content.
Result<void> remove_rest(const std::string& directory) {
  auto removed = remove_file(directory + "/parts");
  if (!removed) return std::move(removed).error();
  return *removed ? sync_directory(directory) : Result<void>();
}

}  // namespace

Result<std::optional<DiskUpload>> DiskUpload::open(const DiskLayout& layout,
                                                   const domain::BlobKey& key) {
  const std::string directory = layout.upload(key);
  auto content = open_file(directory + "/content", O_RDWR);
  if (!content) return std::move(content).error();
  auto parts = open_file(directory + "/parts", O_RDWR);
  if (!parts) return std::move(parts).error();
  if (!*content || !*parts) return std::optional<DiskUpload>();
  return std::optional(DiskUpload(directory, std::move(**content), std::move(**parts)));
}

Result<DiskUpload> DiskUpload::open_or_make(DiskLayout& layout, const domain::BlobKey& key) {
  const std::string directory = layout.upload(key);
  if (auto made = layout.make_parent(directory); !made) return std::move(made).error();
  const auto lock = DirectoryLock::take(parent_of(directory));
  if (!lock) return lock.error();
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    return file_error("mkdir", directory);
  }
  auto content = open_file(directory + "/content", O_RDWR);
  if (!content) return std::move(content).error();
  if (!*content) {
    if (auto removed = remove_rest(directory); !removed) return std::move(removed).error();
    auto made = open_existing(directory + "/content", O_RDWR | O_CREAT | O_EXCL);
    if (!made) return std::move(made).error();
    *content = *std::move(made);
  }
  auto parts = open_existing(directory + "/parts", O_RDWR | O_CREAT);
  if (!parts) return std::move(parts).error();
  return DiskUpload(directory, std::move(**content), *std::move(parts));
}

Result<void> DiskUpload::remove(const DiskLayout& layout, const domain::BlobKey& key) {
  const std::string directory = layout.upload(key);
  struct stat status {};
  if (::stat(directory.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR)) return {};
  const auto lock = DirectoryLock::take(parent_of(directory));
  if (!lock) return lock.error();
  if (auto removed = remove_file(directory + "/content"); !removed) {
    return std::move(removed).error();
  }
  if (auto removed = remove_rest(directory); !removed) return removed;
  if (::rmdir(directory.c_str()) != 0 && errno != ENOENT) return file_error("rmdir", directory);
  return {};
}

Result<void> DiskUpload::lock(Use use, const domain::PartPlace& place) {
  struct flock range {};
  range.l_type = use == Use::kRead ? F_RDLCK : F_WRLCK;
  range.l_whence = SEEK_SET;
  // Length 0 is the whole file, and an empty part wants a place too.
  if (use == Use::kWrite) {
    range.l_start = static_cast<off_t>(place.offset);
    range.l_len = static_cast<off_t>(std::max<std::uint64_t>(place.bytes, 1));
  }
  if (::fcntl(content_.get(), F_OFD_SETLK, &range) != 0) {
    if (errno != EAGAIN && errno != EACCES) return file_error("lock", content_path());
    return Error{.code = domain::Code::kUploadBusy,
                 .message = "Another request is writing to this upload.",
                 .detail = content_path() + " is locked"};
  }
  if (!is_same_file(content_, content_path())) return not_there(content_path() + " has gone");
  return {};
}

Result<std::vector<DiskUpload::Record>> DiskUpload::records() const {
  static_assert(sizeof(Record) == kRecordBytes && std::is_trivially_copyable_v<Record>);
  struct stat status {};
  if (::fstat(parts_.get(), &status) != 0) return file_error("fstat", parts_path());
  std::vector<Record> all(static_cast<std::size_t>(status.st_size) / kRecordBytes);
  auto got = read_at(parts_, 0, reinterpret_cast<char*>(all.data()), all.size() * kRecordBytes,
                     parts_path());
  if (!got) return std::move(got).error();
  all.resize(*got / kRecordBytes);
  return all;
}

Result<void> DiskUpload::write_record(std::uint32_t number, const Record& record) {
  return write_at(parts_, std::uint64_t{number - 1} * kRecordBytes,
                  {reinterpret_cast<const char*>(&record), kRecordBytes}, parts_path());
}

Result<void> DiskUpload::strike_out(const domain::PartPlace& place) {
  const auto all = records();
  if (!all) return all.error();
  bool is_changed = false;
  for (std::uint32_t number = 1; number <= all->size(); ++number) {
    const Record& record = (*all)[number - 1];
    const bool overlaps =
        record.offset < place.offset + place.bytes && place.offset < record.offset + record.bytes;
    if (!record.is_there() || (number != place.number && !overlaps)) continue;
    if (auto written = write_record(number, {}); !written) return written;
    is_changed = true;
  }
  return is_changed ? sync_file(parts_, parts_path()) : Result<void>();
}

Result<void> DiskUpload::record(const domain::PartPlace& place,
                                const domain::PartReceipt& receipt) {
  if (!is_same_file(content_, content_path())) return not_there(content_path() + " has gone");
  if (auto synced = sync_file(content_, content_path()); !synced) return synced;
  Record record{.offset = place.offset, .bytes = receipt.bytes};
  receipt.token.copy(record.token.data(), record.token.size());
  if (auto written = write_record(place.number, record); !written) return written;
  if (auto synced = sync_file(parts_, parts_path()); !synced) return synced;
  if (auto synced = sync_directory(directory_); !synced) return synced;
  return sync_directory(parent_of(directory_));
}

Result<void> DiskUpload::give_back(const domain::PartPlace& place) {
  return punch_hole(content_, place.offset, place.bytes, content_path());
}

Result<void> DiskUpload::trim() {
  auto all = records();
  if (!all) return std::move(all).error();
  struct stat status {};
  if (::fstat(content_.get(), &status) != 0) return file_error("fstat", content_path());
  if (status.st_blocks == 0) return {};
  std::erase_if(*all, [](const Record& record) { return !record.is_there(); });
  std::sort(all->begin(), all->end(),
            [](const Record& a, const Record& b) { return a.offset < b.offset; });
  all->push_back({.offset = static_cast<std::uint64_t>(status.st_size)});
  std::uint64_t end = 0;
  for (const Record& record : *all) {
    if (record.offset > end) {
      auto given = punch_hole(content_, end, record.offset - end, content_path());
      if (!given) return given;
    }
    end = std::max(end, record.offset + record.bytes);
  }
  return {};
}

Result<std::uint64_t> DiskUpload::check(const domain::JoinPlan& plan) const {
  const auto all = records();
  if (!all) return all.error();
  std::uint64_t end = 0;
  for (std::size_t at = 0; at < plan.parts.size(); ++at) {
    const domain::PartReceipt& receipt = plan.parts[at];
    const bool is_there = at < all->size() && (*all)[at].is_there() &&
                          (*all)[at].token_text() == receipt.token && (*all)[at].offset == end &&
                          (*all)[at].bytes == receipt.bytes;
    if (!is_there) return not_there(directory_ + ": part " + std::to_string(at + 1));
    end += receipt.bytes;
  }
  struct stat status {};
  if (::fstat(content_.get(), &status) != 0) return file_error("fstat", content_path());
  if (plan.parts.empty() || static_cast<std::uint64_t>(status.st_size) < end) {
    return not_there(content_path() + " is too short");
  }
  return end;
}

Result<void> DiskUpload::become(const std::string& path, std::uint64_t bytes) {
  // What lies behind the last part was written there by parts that do not count.
  if (::ftruncate(content_.get(), static_cast<off_t>(bytes)) != 0) {
    return file_error("ftruncate", content_path());
  }
  // An object's age, by which the sweeper goes, begins now.
  if (::futimens(content_.get(), nullptr) != 0) return file_error("futimens", content_path());
  if (::fsync(content_.get()) != 0) return file_error("fsync", content_path());
  {
    const auto lock = DirectoryLock::take(parent_of(path));
    if (!lock) return lock.error();
    if (::rename(content_path().c_str(), path.c_str()) != 0) return file_error("rename", path);
  }
  if (auto synced = sync_directory(parent_of(path)); !synced) return synced;
  // The object is there: whatever remains of the upload is removed by the next who comes by.
  const auto lock = DirectoryLock::take(parent_of(directory_));
  struct stat status {};
  if (lock && ::stat(content_path().c_str(), &status) != 0 && remove_rest(directory_)) {
    ::rmdir(directory_.c_str());
  }
  return {};
}

}  // namespace vigie::blob
