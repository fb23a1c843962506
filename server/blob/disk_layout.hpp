#pragma once

#include <mutex>
#include <set>
#include <string>

#include "server/domain/blob_store.hpp"

namespace vigie::blob {

/// Where things lie below the store's directory: an object's file under objects/ by its key, an
/// upload's directory beside it with '+' at its end, which no key has, and what is being written
/// under temporary/. Thread-safe; its calls may block.
class DiskLayout {
 public:
  explicit DiskLayout(std::string root) : root_(std::move(root)) {}

  std::string objects() const { return root_ + "/objects"; }
  std::string temporary() const { return root_ + "/temporary"; }
  std::string object(const domain::BlobKey& key) const { return objects() + "/" + key; }
  std::string upload(const domain::BlobKey& key) const { return object(key) + "+"; }

  /// Makes the directory in which `path`, one of the above, lies, so that it survives a crash.
  domain::Result<void> make_parent(const std::string& path);

 private:
  domain::Result<void> make_directory(const std::string& path);

  const std::string root_;
  std::mutex mutex_;
  /// Guarded by mutex_. Directories whose entry is known to be on the disk; as many as there are.
  std::set<std::string, std::less<>> durable_;
};

/// "a/b" of "a/b/c".
std::string parent_of(const std::string& path);

}  // namespace vigie::blob
