#include "server/blob/disk_layout.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "server/blob/file_calls.hpp"
#include "server/blob/random_name.hpp"

namespace vigie::blob {

using domain::Result;

namespace {

constexpr mode_t kOwnerOnly = 0700;
constexpr std::size_t kNameBytes = 32;

domain::Error away(const std::string& detail) {
  return {.code = domain::Code::kUnavailable,
          .message = "The store of contents is not available.",
          .detail = detail};
}

}  // namespace

std::string parent_of(const std::string& path) { return path.substr(0, path.rfind('/')); }

Result<void> DiskLayout::make_parent(const std::string& path) {
  if (auto checked = check(); !checked) return checked;
  const std::string parent = parent_of(path);
  for (std::size_t end = root_.size(); end < parent.size();) {
    end = std::min(parent.find('/', end + 1), parent.size());
    if (auto made = make_directory(parent.substr(0, end)); !made) return made;
  }
  return {};
}

bool DiskLayout::is_known() {
  const std::lock_guard lock(mutex_);
  return name_.has_value();
}

Result<bool> DiskLayout::find_store() {
  std::error_code error;
  if (std::filesystem::exists(name_file(), error)) return true;
  if (!error && !std::filesystem::exists(objects(), error)) return false;
  if (error) return file_error("stat", root_, error.value());
  if (auto named = begin_store(); !named) return named.error();
  return true;
}

Result<void> DiskLayout::check() {
  auto name = read_name();
  if (!name) return std::move(name).error();
  const std::lock_guard lock(mutex_);
  if (!name_) name_ = *name;
  return *name_ == *name ? Result<void>() : away(name_file() + " is that of another store");
}

Result<std::string> DiskLayout::read_name() const {
  const auto file = open_file(name_file(), O_RDONLY);
  if (!file) return file.error();
  if (!*file) return away(name_file() + " is not there");
  std::string name(kNameBytes, '\0');
  const auto got = read_at(**file, 0, name.data(), name.size(), name_file());
  if (!got) return got.error();
  if (*got != name.size()) return away(name_file() + " is too short");
  return name;
}

Result<void> DiskLayout::begin_store() {
  std::error_code error;
  std::filesystem::create_directories(root_, error);
  if (error) return file_error("mkdir", root_, error.value());
  const auto lock = DirectoryLock::take(root_);
  if (!lock) return lock.error();
  if (std::filesystem::exists(name_file(), error)) return {};
  const std::string draft = name_file() + ".draft";
  const auto file = open_file(draft, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file) return file.error();
  if (!*file) return file_error("open", draft, ENOENT);
  if (auto written = write_at(**file, 0, random_name(), draft); !written) return written;
  if (auto synced = sync_file(**file, draft); !synced) return synced;
  if (::rename(draft.c_str(), name_file().c_str()) != 0) return file_error("rename", draft);
  return sync_directory(root_);
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
