#include "telemetry/pipeline/disk_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vigie::telemetry {
namespace {

constexpr mode_t kOwnerOnly = 0600;

}  // namespace

bool DiskFile::open(const std::string& path, int flags) noexcept {
  close();
  do {
    fd_ = ::open(path.c_str(), flags | O_CLOEXEC, kOwnerOnly);
  } while (fd_ < 0 && errno == EINTR);
  return is_open();
}

void DiskFile::close() noexcept {
  if (is_open()) ::close(std::exchange(fd_, -1));
}

bool DiskFile::read_at(std::uint64_t offset, void* out, std::size_t bytes) const noexcept {
  auto* to = static_cast<char*>(out);
  while (bytes > 0) {
    const ssize_t count = pread(fd_, to, bytes, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    to += count;
    offset += static_cast<std::uint64_t>(count);
    bytes -= static_cast<std::size_t>(count);
  }
  return true;
}

bool DiskFile::write_at(std::uint64_t offset, const void* bytes, std::size_t count) noexcept {
  const auto* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = pwrite(fd_, from, count, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    from += written;
    offset += static_cast<std::uint64_t>(written);
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

bool DiskFile::truncate(std::uint64_t bytes) noexcept {
  return ftruncate(fd_, static_cast<off_t>(bytes)) == 0;
}

bool DiskFile::sync() noexcept { return fdatasync(fd_) == 0; }

std::uint64_t DiskFile::size() const noexcept {
  struct stat status {};
  return fstat(fd_, &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

bool DiskFile::lock() noexcept { return flock(fd_, LOCK_EX | LOCK_NB) == 0; }

}  // namespace vigie::telemetry
