#pragma once

#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "server/domain/blob_store.hpp"

namespace vigie::blob {

/// Where things lie below the store's directory: an object's file under objects/ by its key, an
/// upload's directory beside it with '+' at its end, which no key has, and what is being written
/// under temporary/. Thread-safe; its calls may block.
///
/// The file `store` says which store it is. Once a process has read it, the store is away when that
/// name is not found there: a volume that is not mounted looks like an empty store, in which
/// nothing is found and what is written is lost.
class DiskLayout {
 public:
  explicit DiskLayout(std::string root) : root_(std::move(root)) {}

  const std::string& root() const noexcept { return root_; }
  std::string objects() const { return root_ + "/objects"; }
  std::string temporary() const { return root_ + "/temporary"; }
  std::string object(const domain::BlobKey& key) const { return objects() + "/" + key; }
  std::string upload(const domain::BlobKey& key) const { return object(key) + "+"; }

  /// It was there in the life of this process.
  bool is_known();
  /// Whether there is a store. One of an earlier release gets its name.
  domain::Result<bool> find_store();
  /// Makes one, unless it is there.
  domain::Result<void> begin_store();
  /// kUnavailable: the store is away, or another one lies in its place.
  domain::Result<void> check();
  /// Makes the directory in which `path`, one of the above, lies, so that it survives a crash.
  domain::Result<void> make_parent(const std::string& path);

 private:
  domain::Result<void> make_directory(const std::string& path);
  std::string name_file() const { return root_ + "/store"; }
  domain::Result<std::string> read_name() const;

  const std::string root_;
  std::mutex mutex_;
  /// Guarded by mutex_: the store's name, as it was read first.
  std::optional<std::string> name_;
  /// Guarded by mutex_. Directories whose entry is known to be on the disk; as many as there are.
  std::set<std::string, std::less<>> durable_;
};

/// "a/b" of "a/b/c".
std::string parent_of(const std::string& path);

}  // namespace vigie::blob
