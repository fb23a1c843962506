#include "server/blob/disk_layout.hpp"

#include <sys/stat.h>

#include <filesystem>

#include "server/blob/file_calls.hpp"

namespace vigie::blob {

using domain::Result;

namespace {

constexpr mode_t kOwnerOnly = 0700;

}  // namespace

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

Result<void> DiskLayout::make_parent(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(root_, error);
  if (error) return file_error("mkdir", root_, error.value());
  const std::string parent = parent_of(path);
  for (std::size_t end = root_.size(); end < parent.size();) {
    end = std::min(parent.find('/', end + 1), parent.size());
    if (auto made = make_directory(parent.substr(0, end)); !made) return made;
  }
  return {};
}

Result<void> DiskLayout::make_directory(const std::string& path) {
  const bool is_new = ::mkdir(path.c_str(), kOwnerOnly) == 0;
  if (!is_new && errno != EEXIST) return file_error("mkdir", path);
  if (!is_new) {
    const std::lock_guard lock(mutex_);
    if (durable_.contains(path)) return {};
  }
  // Also when another process has made it: it may not have come this far.
  if (auto synced = sync_directory(parent_of(path)); !synced) return synced;
  const std::lock_guard lock(mutex_);
  durable_.insert(path);
  return {};
}

}  // namespace vigie::blob
