#pragma once

#include <chrono>
#include <memory>

#include "server/app/config.hpp"
#include "server/backup/backup_handlers.hpp"
#include "server/backup/backups.hpp"
#include "server/domain/id_source.hpp"
#include "server/net/waiting.hpp"
#include "server/storage/backup_store.hpp"
#include "server/storage/database_copies.hpp"
#include "server/storage/units_of_work.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {

/// Backups and what they work with, for every process that takes or restores them.
class BackupStack {
 public:
  struct Parts {
    storage::Database& database;
    domain::BlobStore& blobs;
    const domain::Clock& clock;
    domain::IdSource& ids;
    domain::JobQueue& jobs;
    telemetry::Telemetry& telemetry;
  };
  /// Of one run: more than that, and the dump is given up.
  static constexpr std::chrono::hours kRunTimeMax{6};

  BackupStack(const Config& config, const Parts& parts);

  backup::Backups& backups() noexcept { return backups_; }
  domain::JobHandler& run_handler() noexcept { return run_handler_; }
  domain::JobHandler& verify_handler() noexcept { return verify_handler_; }
  /// Sets the gauges from what the database knows. On a fiber.
  void sample(const domain::Context& context);

 private:
  std::unique_ptr<net::CpuPool> pool_;
  storage::PgBackupStore store_;
  storage::PgUnitsOfWork units_;
  storage::PgDatabaseCopies copies_;
  backup::BackupTelemetry telemetry_;
  backup::Backups backups_;
  backup::BackupRunHandler run_handler_;
  backup::BackupVerifyHandler verify_handler_;
};

}  // namespace vigie::app
