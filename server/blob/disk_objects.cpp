#include "server/blob/disk_objects.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <system_error>

#include "server/blob/file_calls.hpp"
#include "server/blob/random_name.hpp"

namespace vigie::blob {

using domain::Error;
using domain::Result;

namespace {

/// Read ahead while the answer's header is on its way: sendfile(2) then finds it in memory.
constexpr std::uint64_t kReadAheadBytes = std::uint64_t{4} * 1024 * 1024;

Error no_object(const domain::BlobKey& key) {
  return {.code = domain::Code::kNotFound,
          .message = "There is no such content.",
          .detail = "no object " + key};
}

domain::BlobFacts facts_of(const struct stat& status) {
  using namespace std::chrono;
  const auto modified_at = seconds(status.st_mtim.tv_sec) + nanoseconds(status.st_mtim.tv_nsec);
  return {.bytes = static_cast<std::uint64_t>(status.st_size),
          .modified_at = domain::Timestamp(duration_cast<microseconds>(modified_at))};
}

/// A file in temporary/. Its lock says that its writer lives; left alone, it is removed.
class TemporaryFile {
 public:
  static Result<TemporaryFile> make(DiskLayout& layout) {
    while (true) {
      std::string path = layout.temporary() + "/" + random_name();
      if (auto made = layout.make_parent(path); !made) return std::move(made).error();
      auto file = open_file(path, O_RDWR | O_CREAT | O_EXCL);
      if (!file) return std::move(file).error();
      if (!*file) return file_error("open", path, ENOENT);
      TemporaryFile temporary(std::move(path), std::move(**file));
      if (temporary.is_ours()) return temporary;
    }
  }
  TemporaryFile(TemporaryFile&& other) noexcept
      : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)) {}
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  const std::string& path() const noexcept { return path_; }
  const core::Descriptor& file() const noexcept { return file_; }
  Result<void> rename_to(const std::string& path) {
    if (::rename(path_.c_str(), path.c_str()) != 0) return file_error("rename", path);
    path_.clear();
    return {};
  }

 private:
  TemporaryFile(std::string path, core::Descriptor file)
      : path_(std::move(path)), file_(std::move(file)) {}

  /// Nobody took it for a dead one's before it was locked.
  bool is_ours() const noexcept {
    struct stat status {};
    return ::flock(file_.get(), LOCK_EX | LOCK_NB) == 0 && ::fstat(file_.get(), &status) == 0 &&
           status.st_nlink > 0;
  }

  std::string path_;
  core::Descriptor file_;
};

}  // namespace

Result<std::optional<domain::BlobFacts>> find_object(const DiskLayout& layout,
                                                     const domain::BlobKey& key) {
  const std::string path = layout.object(key);
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    if (!S_ISREG(status.st_mode)) return std::optional<domain::BlobFacts>();
    return std::optional(facts_of(status));
  }
  if (errno == ENOENT || errno == ENOTDIR) return std::optional<domain::BlobFacts>();
  return file_error("stat", path);
}

Result<void> put_object(DiskLayout& layout, const domain::BlobKey& key, std::string_view bytes) {
  const std::string path = layout.object(key);
  if (auto made = layout.make_parent(path); !made) return made;
  auto temporary = TemporaryFile::make(layout);
  if (!temporary) return std::move(temporary).error();
  if (auto written = write_at(temporary->file(), 0, bytes, temporary->path()); !written) {
    return written;
  }
  if (auto synced = sync_file(temporary->file(), temporary->path()); !synced) return synced;
  {
    const auto lock = DirectoryLock::take(parent_of(path));
    if (!lock) return lock.error();
    if (auto renamed = temporary->rename_to(path); !renamed) return renamed;
  }
  return sync_directory(parent_of(path));
}

Result<core::Descriptor> open_object(const DiskLayout& layout, const domain::BlobKey& key,
                                     std::uint64_t offset, std::uint64_t length) {
  const std::string path = layout.object(key);
  auto file = open_file(path, O_RDONLY);
  if (!file) return std::move(file).error();
  struct stat status {};
  if (!*file) return no_object(key);
  if (::fstat((**file).get(), &status) != 0) return file_error("fstat", path);
  if (!S_ISREG(status.st_mode)) return no_object(key);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (offset > size || length > size - offset) {
    return Error{.code = domain::Code::kValidationFailed,
                 .message = "The range does not lie within the content.",
                 .detail = key + " has " + std::to_string(size) + " bytes"};
  }
  ::posix_fadvise((**file).get(), static_cast<off_t>(offset),
                  static_cast<off_t>(std::min(length, kReadAheadBytes)), POSIX_FADV_WILLNEED);
  return std::move(**file);
}

Result<void> remove_object(const DiskLayout& layout, const domain::BlobKey& key) {
  const auto removed = remove_file(layout.object(key));
  if (!removed) return removed.error();
  return {};
}

Result<void> remove_dead_temporaries(const DiskLayout& layout) {
  std::error_code error;
  std::filesystem::directory_iterator entries(layout.temporary(), error);
  for (; !error && entries != std::filesystem::directory_iterator(); entries.increment(error)) {
    const std::string path = entries->path().string();
    const auto file = open_file(path, O_RDONLY);
    if (!file || !*file) continue;
    if (::flock((**file).get(), LOCK_EX | LOCK_NB) == 0) ::unlink(path.c_str());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return file_error("read", layout.temporary(), error.value());
  }
  return {};
}

}  // namespace vigie::blob
