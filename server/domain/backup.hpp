#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/blob_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/id.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

using BackupId = Id<struct BackupTag>;

/// A dump of the database that lies in the store of contents.
struct Backup {
  BackupId id;
  BlobKey key;
  /// The instant that it shows the database at.
  Timestamp taken_at{};
  Timestamp stored_at{};
  std::uint64_t bytes = 0;
  ContentHash hash;
  /// "<table>=<rows>" of every table at that instant, in order.
  std::vector<std::string> row_counts;
  /// When it was last restored, and what was found wrong; empty: nothing.
  std::optional<Timestamp> verified_at;
  std::string fault;

  bool operator==(const Backup&) const = default;
};

/// Port: what is known of backups. As every store (unit_of_work.hpp).
class BackupStore {
 public:
  virtual ~BackupStore() = default;
  virtual Result<void> insert(const Context&, const Backup&) = 0;
  /// The newest first.
  virtual Result<std::vector<Backup>> list(const Context&) = 0;
  /// Nothing happens when it is gone.
  virtual Result<void> record_verification(const Context&, BackupId, Timestamp verified_at,
                                           const std::string& fault) = 0;
  virtual Result<void> remove(const Context&, BackupId) = 0;
};

/// The database at one instant, held as long as this lives.
class DatabaseSnapshot {
 public:
  virtual ~DatabaseSnapshot() = default;
  /// Under which another session may see it.
  virtual std::string name() const = 0;
  virtual std::vector<std::string> row_counts() const = 0;
};

/// What is in a database.
struct DatabaseContent {
  /// As Backup::row_counts.
  std::vector<std::string> row_counts;
  /// Constraints and indexes that are there and do not hold.
  std::vector<std::string> invalid;
};

/// Port: the database as a thing that is copied. Calls wait until `context.deadline`. Thread-safe.
class DatabaseCopies {
 public:
  virtual ~DatabaseCopies() = default;
  virtual Result<std::unique_ptr<DatabaseSnapshot>> take_snapshot(const Context&) = 0;
  /// Makes an empty database, and removes those that were left behind. Its name.
  virtual Result<std::string> create_scratch(const Context&) = 0;
  virtual Result<DatabaseContent> examine(const Context&, const std::string& scratch) = 0;
  virtual Result<void> drop_scratch(const Context&, const std::string& scratch) = 0;
  /// The environment in which PostgreSQL's programs find the database, as "NAME=value". It holds
  /// the password.
  virtual Result<std::vector<std::string>> environment() const = 0;
};

}  // namespace vigie::domain
