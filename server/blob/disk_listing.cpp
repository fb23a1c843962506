#include "server/blob/disk_listing.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>

#include "server/blob/blob_key.hpp"
#include "server/blob/file_calls.hpp"

namespace vigie::blob {

using domain::BlobStore;
using domain::Result;

namespace {

struct Entry {
  /// A key, or, with '/' at its end, the beginning of keys: so they sort as keys do.
  std::string key;
  std::string path;
  bool is_upload = false;

  bool is_directory() const noexcept { return key.back() == '/'; }
};

domain::Timestamp time_of(const timespec& time) {
  using namespace std::chrono;
  return domain::Timestamp(
      duration_cast<microseconds>(seconds(time.tv_sec) + nanoseconds(time.tv_nsec)));
}

class Listing {
 public:
  explicit Listing(const ListingRequest& request) : request_(request) {}

  /// `key` is what all keys in the directory begin with.
  Result<void> add_directory(const std::string& path, const std::string& key) {
    auto entries = entries_of(path, key);
    if (!entries) return std::move(entries).error();
    for (const Entry& entry : *entries) {
      if (is_full()) return {};
      if (!entry.is_directory()) {
        add(entry);
      } else if (auto added = add_directory(entry.path, entry.key); !added) {
        return added;
      }
    }
    return {};
  }

  std::vector<BlobStore::Listed> take() { return std::move(listed_); }

 private:
  bool is_full() const noexcept { return listed_.size() >= request_.limit; }

  bool is_wanted(const Entry& entry) const {
    const std::string& key = entry.key;
    if (!entry.is_directory()) {
      return key.starts_with(request_.prefix) && key > request_.after && is_blob_key(key);
    }
    const bool can_have_prefix =
        key.starts_with(request_.prefix) || request_.prefix.starts_with(key);
    return can_have_prefix && (key > request_.after || request_.after.starts_with(key));
  }

  Result<std::vector<Entry>> entries_of(const std::string& path, const std::string& parent_key) {
    std::vector<Entry> entries;
    std::error_code error;
    std::filesystem::directory_iterator found(path, error);
    for (; !error && found != std::filesystem::directory_iterator(); found.increment(error)) {
      Entry entry{.key = parent_key + found->path().filename().string(),
                  .path = found->path().string()};
      std::error_code ignored;  // it went meanwhile
      const auto type = found->symlink_status(ignored).type();
      const bool is_directory = type == std::filesystem::file_type::directory;
      if (!is_directory && type != std::filesystem::file_type::regular) continue;
      entry.is_upload = is_directory && entry.key.back() == '+';
      if (entry.is_upload) entry.key.pop_back();
      if (is_directory && !entry.is_upload) entry.key += '/';
      if (is_wanted(entry)) entries.push_back(std::move(entry));
    }
    if (error && error != std::errc::no_such_file_or_directory) {
      return file_error("read", path, error.value());
    }
    std::ranges::sort(entries, {}, &Entry::key);
    return entries;
  }

  /// One that went meanwhile is left out. The age of an upload is that of its last change.
  void add(const Entry& entry) {
    struct stat status {};
    if (::lstat(entry.path.c_str(), &status) != 0) return;
    domain::BlobFacts facts{.bytes = static_cast<std::uint64_t>(status.st_size),
                            .modified_at = time_of(status.st_mtim)};
    if (entry.is_upload) {
      facts.bytes = 0;
      for (const char* name : {"/content", "/parts"}) {
        if (::lstat((entry.path + name).c_str(), &status) != 0) continue;
        facts.modified_at = std::max(facts.modified_at, time_of(status.st_mtim));
        if (facts.bytes == 0) facts.bytes = static_cast<std::uint64_t>(status.st_size);
      }
    }
    listed_.push_back({entry.key, facts});
  }

  const ListingRequest& request_;
  std::vector<BlobStore::Listed> listed_;
};

}  // namespace

Result<std::vector<BlobStore::Listed>> list_objects(const DiskLayout& layout,
                                                    const ListingRequest& request) {
  Listing listing(request);
  if (auto added = listing.add_directory(layout.objects(), ""); !added) {
    return std::move(added).error();
  }
  return listing.take();
}

}  // namespace vigie::blob
