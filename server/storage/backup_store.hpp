#pragma once

#include <string>
#include <vector>

#include "server/domain/backup.hpp"
#include "server/storage/database.hpp"

namespace vigie::storage {

/// What is known of backups, in PostgreSQL. Thread-safe.
class PgBackupStore : public domain::BackupStore {
 public:
  explicit PgBackupStore(Database& database) : database_(database) {}

  domain::Result<void> insert(const domain::Context&, const domain::Backup&) override;
  domain::Result<std::vector<domain::Backup>> list(const domain::Context&) override;
  domain::Result<void> record_verification(const domain::Context&, domain::BackupId,
                                           domain::Timestamp verified_at,
                                           const std::string& fault) override;
  domain::Result<void> remove(const domain::Context&, domain::BackupId) override;

 private:
  domain::Result<void> change(const domain::Context&, const Query&, const Parameters&);

  Database& database_;
};

}  // namespace vigie::storage
