#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/backup/dump.hpp"
#include "server/domain/backup.hpp"
#include "server/domain/id_source.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::backup {

/// Backups of the database in the store of contents: taken, restored to be believed (decision 29),
/// and removed when there are newer ones. On fibers. Thread-safe.
class Backups {
 public:
  struct Ports {
    domain::BackupStore& store;
    domain::DatabaseCopies& copies;
    domain::BlobStore& blobs;
    domain::UnitsOfWork& units;
    const domain::Clock& clock;
    domain::IdSource& ids;
  };
  struct Options {
    /// Of pg_dump and pg_restore.
    std::string programs_directory;
    /// Backups that are kept; the newest one that was restored without a fault is kept besides.
    std::size_t keep = 7;
  };
  /// Called in the unit of work that makes the outcome last.
  using Finish = std::function<domain::Result<void>(const domain::Context&)>;

  Backups(const Ports& ports, Options options) : ports_(ports), options_(std::move(options)) {}

  /// Takes one, and removes those that are too many. What fails of the removal is left to the next.
  domain::Result<domain::Backup> take(const domain::Context& context, const Finish& finish = {});
  /// Restores the newest into a scratch database, compares it with what was counted when it was
  /// taken, and records what was found. Nothing: there is no backup yet. An error is the
  /// environment's; a backup that cannot be restored has a `fault`.
  domain::Result<std::optional<domain::Backup>> verify(const domain::Context& context,
                                                       const Finish& finish = {});
  /// Whether any of those that are there was restored without a fault.
  domain::Result<bool> is_any_proven(const domain::Context& context);
  /// The newest first.
  domain::Result<std::vector<domain::Backup>> list(const domain::Context& context);

 private:
  domain::Result<domain::Backup> dump_snapshot(const domain::Context& context);
  domain::Result<void> remove_old(const domain::Context& context);
  domain::Result<void> remove_unknown(const domain::Context& context,
                                      const std::vector<domain::Backup>& known);
  domain::Result<std::string> fault_of(const domain::Context& context,
                                       const domain::Backup& backup);
  domain::Result<std::string> restored_fault(const domain::Context& context,
                                             const domain::Backup& backup,
                                             const std::string& scratch);
  domain::Result<Programs> programs() const;

  Ports ports_;
  Options options_;
};

}  // namespace vigie::backup
