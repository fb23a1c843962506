#include "server/backup/backup_handlers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/backup/kinds.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/instrument.hpp"
#include "telemetry/log.hpp"
#include "telemetry/metrics.hpp"

namespace vigie::backup {
namespace {

namespace attributes = telemetry::attributes;
namespace log_events = telemetry::log_events;
namespace metrics = telemetry::metrics;
using domain::Backup;
using domain::Context;
using domain::Result;

double seconds(domain::Timestamp time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

// The label of a run is its job's kind.
static_assert(metrics::kBackupTasks == std::array{kRun, kVerify});

enum class Outcome : std::uint8_t { kDone, kFailed };

telemetry::Counter& runs(telemetry::Metrics& registry, std::string_view kind, Outcome outcome) {
  return registry.counter(metrics::kBackupRuns,
                          {kind, metrics::kBackupOutcomes[static_cast<std::size_t>(outcome)]});
}

telemetry::LogContext log_context(const Context& context) {
  return telemetry::context_of(context.trace, context.correlation_id);
}

}  // namespace

BackupTelemetry::BackupTelemetry(telemetry::Metrics& metrics_registry, telemetry::Log& log)
    : log_(log),
      runs_done_(runs(metrics_registry, kRun, Outcome::kDone)),
      runs_failed_(runs(metrics_registry, kRun, Outcome::kFailed)),
      verifications_done_(runs(metrics_registry, kVerify, Outcome::kDone)),
      verifications_failed_(runs(metrics_registry, kVerify, Outcome::kFailed)),
      last_success_(metrics_registry.gauge(metrics::kBackupLastSuccess)),
      bytes_(metrics_registry.gauge(metrics::kBackupBytes)),
      verified_(metrics_registry.gauge(metrics::kBackupVerified)) {}

void BackupTelemetry::taken(const Context& context, const Result<Backup>& backup) noexcept {
  if (!backup) {
    runs_failed_.add();
    return failed(context, kRun, backup.error().detail);
  }
  runs_done_.add();
  log_.write(log_events::kBackupDone, log_context(context),
             {{attributes::kBackupKey, backup->key}, {attributes::kBackupBytes, backup->bytes}});
}

void BackupTelemetry::verified(const Context& context,
                               const Result<std::optional<Backup>>& backup) noexcept {
  const bool has_fault = !backup || (*backup && !(*backup)->fault.empty());
  if (has_fault) {
    verifications_failed_.add();
    return failed(context, kVerify,
                  backup ? (*backup)->key + ": " + (*backup)->fault : backup.error().detail);
  }
  verifications_done_.add();
  if (!*backup) return;
  log_.write(log_events::kBackupVerified, log_context(context),
             {{attributes::kBackupKey, (*backup)->key}});
}

void BackupTelemetry::failed(const Context& context, std::string_view task,
                             std::string_view detail) {
  log_.write(log_events::kBackupFailed, log_context(context),
             {{attributes::kReason, task}, {attributes::kDetail, detail}});
}

void BackupTelemetry::sample(const std::vector<Backup>& newest_first) noexcept {
  last_success_.set(newest_first.empty() ? 0 : seconds(newest_first.front().taken_at));
  bytes_.set(newest_first.empty() ? 0 : static_cast<double>(newest_first.front().bytes));
  double verified = 0;
  for (const Backup& backup : newest_first) {
    if (backup.verified_at && backup.fault.empty()) {
      verified = std::max(verified, seconds(*backup.verified_at));
    }
  }
  verified_.set(verified);
}

Result<void> BackupRunHandler::run(const Context& context, domain::JobRun& run) {
  const auto backup = backups_.take(context, [this, &run](const Context& joined) {
    auto finished = run.finish(joined);
    return finished ? have_first_proven(joined) : finished;
  });
  telemetry_.taken(context, backup);
  if (!backup) return backup.error();
  return {};
}

/// The scheduler enqueues under the same key: there is one such job at a time.
Result<void> BackupRunHandler::have_first_proven(const Context& context) {
  const auto is_proven = backups_.is_any_proven(context);
  if (!is_proven) return is_proven.error();
  if (*is_proven) return {};
  const auto enqueued = queue_.enqueue(context, {.kind = kVerify,
                                                 .lane = domain::JobLane::kLow,
                                                 .payload = "{}",
                                                 .unique_key = std::string(kVerify)});
  if (!enqueued) return enqueued.error();
  return {};
}

Result<void> BackupVerifyHandler::run(const Context& context, domain::JobRun& run) {
  const auto backup =
      backups_.verify(context, [&run](const Context& joined) { return run.finish(joined); });
  telemetry_.verified(context, backup);
  if (!backup) return backup.error();
  return {};
}

}  // namespace vigie::backup
