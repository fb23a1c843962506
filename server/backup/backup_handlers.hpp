#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "server/backup/backups.hpp"
#include "server/domain/job_queue.hpp"

namespace vigie::telemetry {
class Counter;
class Gauge;
class Log;
class Metrics;
}  // namespace vigie::telemetry

namespace vigie::backup {

/// What is told of backups.
class BackupTelemetry {
 public:
  BackupTelemetry(telemetry::Metrics& metrics, telemetry::Log& log);

  void taken(const domain::Context& context, const domain::Result<domain::Backup>& backup) noexcept;
  void verified(const domain::Context& context,
                const domain::Result<std::optional<domain::Backup>>& backup) noexcept;
  /// The gauges, from what the store knows, so that a restart forgets nothing.
  void sample(const std::vector<domain::Backup>& newest_first) noexcept;

 private:
  void failed(const domain::Context& context, std::string_view task, std::string_view detail);

  telemetry::Log& log_;
  telemetry::Counter& runs_done_;
  telemetry::Counter& runs_failed_;
  telemetry::Counter& verifications_done_;
  telemetry::Counter& verifications_failed_;
  telemetry::Gauge& last_success_;
  telemetry::Gauge& bytes_;
  telemetry::Gauge& verified_;
};

/// Does `backup.run`. A run that dies is begun anew; what it left behind is swept. As long as no
/// backup was ever proven, each has one enqueue `backup.verify`, rather than wait for its schedule.
class BackupRunHandler : public domain::JobHandler {
 public:
  BackupRunHandler(Backups& backups, BackupTelemetry& telemetry, domain::JobQueue& queue)
      : backups_(backups), telemetry_(telemetry), queue_(queue) {}
  domain::Result<void> run(const domain::Context& context, domain::JobRun& run) override;

 private:
  domain::Result<void> have_first_proven(const domain::Context& context);

  Backups& backups_;
  BackupTelemetry& telemetry_;
  domain::JobQueue& queue_;
};

/// Does `backup.verify`. A backup with a fault is recorded and told, and the job is done: trying
/// again would find the same.
class BackupVerifyHandler : public domain::JobHandler {
 public:
  BackupVerifyHandler(Backups& backups, BackupTelemetry& telemetry)
      : backups_(backups), telemetry_(telemetry) {}
  domain::Result<void> run(const domain::Context& context, domain::JobRun& run) override;

 private:
  Backups& backups_;
  BackupTelemetry& telemetry_;
};

}  // namespace vigie::backup
