#include "server/blob/file_calls.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>

#include <system_error>

namespace vigie::blob {

using domain::Result;

namespace {

constexpr mode_t kOwnerOnly = 0600;

}  // namespace

domain::Error file_error(std::string_view call, std::string_view path, int number) {
  const bool is_full = number == ENOSPC || number == EDQUOT;
  return {.code = is_full ? domain::Code::kStorageFull : domain::Code::kUnavailable,
          .message = is_full ? "The store of contents has no room."
                             : "The store of contents is not available.",
          .detail = std::string(call).append(" ").append(path).append(": ").append(
              std::generic_category().message(number))};
}

Result<std::optional<core::Descriptor>> open_file(const std::string& path, int flags) {
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  } while (fd < 0 && errno == EINTR);
  if (fd >= 0) return std::optional<core::Descriptor>(core::Descriptor(fd));
  if (errno == ENOENT || errno == ENOTDIR) return std::optional<core::Descriptor>();
  return file_error("open", path);
}

Result<void> write_at(const core::Descriptor& file, std::uint64_t offset, std::string_view bytes,
                      std::string_view path) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("write", path);
    offset += static_cast<std::uint64_t>(count);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

Result<std::size_t> read_at(const core::Descriptor& file, std::uint64_t offset, char* out,
                            std::size_t count, std::string_view path) {
  std::size_t total = 0;
  while (total < count) {
    const ssize_t got =
        ::pread(file.get(), out + total, count - total, static_cast<off_t>(offset + total));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return file_error("read", path);
    if (got == 0) break;
    total += static_cast<std::size_t>(got);
  }
  return total;
}

Result<void> sync_file(const core::Descriptor& file, std::string_view path) {
  if (::fdatasync(file.get()) != 0) return file_error("fdatasync", path);
  return {};
}

Result<void> sync_directory(const std::string& path) {
  auto directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!directory) return std::move(directory).error();
  if (!*directory) return file_error("open", path, ENOENT);
  if (::fsync((**directory).get()) != 0) return file_error("fsync", path);
  return {};
}

Result<void> punch_hole(const core::Descriptor& file, std::uint64_t offset, std::uint64_t bytes,
                        std::string_view path) {
  if (bytes == 0) return {};
  const int done = ::fallocate(file.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                               static_cast<off_t>(offset), static_cast<off_t>(bytes));
  if (done != 0 && errno != EOPNOTSUPP && errno != ENOSYS) return file_error("fallocate", path);
  return {};
}

Result<std::uint64_t> free_bytes(const std::string& path) {
  struct statvfs status {};
  if (::statvfs(path.c_str(), &status) != 0) return file_error("statvfs", path);
  return std::uint64_t{status.f_bavail} * status.f_frsize;
}

Result<bool> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return file_error("unlink", path);
}

Result<DirectoryLock> DirectoryLock::take(const std::string& path) {
  auto directory = open_file(path, O_RDONLY | O_DIRECTORY);
  if (!directory) return std::move(directory).error();
  if (!*directory) return file_error("open", path, ENOENT);
  while (::flock((**directory).get(), LOCK_EX) != 0) {
    if (errno != EINTR) return file_error("flock", path);
  }
  return DirectoryLock(std::move(**directory));
}

}  // namespace vigie::blob
