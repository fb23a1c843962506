#include "server/app/job_handlers.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "server/backup/kinds.hpp"
#include "telemetry/catalogue/metrics.hpp"

namespace vigie::app {
namespace {

constexpr auto kKinds = std::to_array<std::string_view>(
    {"account.erase", "media.process", "media.purge", "media.expire_uploads", "blob.sweep",
     "idempotency.clean", "sessions.clean", backup::kRun, backup::kVerify});
// The label of a job is its kind.
static_assert(kKinds == telemetry::metrics::kJobKinds);

}  // namespace

std::span<const std::string_view> job_kinds() noexcept { return kKinds; }

JobHandlers::JobHandlers(Foundation& base)
    : idempotency_clean_(
          std::bind_front(&storage::PgIdempotencyStore::remove_expired, &base.idempotency_store),
          base.clock),
      sessions_clean_(
          [&base](const domain::Context& context, domain::Timestamp now,
                  std::int64_t limit) -> domain::Result<std::int64_t> {
            const auto resets = base.reset_store.remove_expired(context, now, limit);
            const auto tokens = base.session_store.remove_expired(context, now, limit);
            const auto allowances = base.allowance_store.remove_expired(
                context, now, now - domain::kKnownAddressLife, limit);
            if (!resets) return resets;
            if (!tokens) return tokens;
            if (!allowances) return allowances;
            return std::max(
                {*resets, *tokens, *allowances});  // who is asked again while that is the limit
          },
          base.clock) {
  using std::chrono::minutes;
  // What each kind is done by, how long one run may take, and what is too long for any stop.
  table_.add("idempotency.clean", idempotency_clean_, minutes(5));
  table_.add("sessions.clean", sessions_clean_, minutes(5));
  table_.add("account.erase", base.media.erasure(), minutes(30));
  table_.add("media.process", base.media.process(), minutes(10));
  table_.add("media.purge", base.media.purge(), minutes(5));
  table_.add("media.expire_uploads", base.media.expiry(), minutes(5));
  table_.add("blob.sweep", base.media.sweep(), minutes(30), true);
  table_.add(backup::kRun, base.backups.run_handler(), BackupStack::kRunTimeMax, true);
  table_.add(backup::kVerify, base.backups.verify_handler(), BackupStack::kRunTimeMax, true);

  // What the scheduler enqueues, and how often. The name is the job's kind.
  const Config& config = base.config;
  tasks_ = {
      {"idempotency.clean", config.idempotency_cleanup_interval_ms},
      {"sessions.clean", config.session_cleanup_interval_ms},
      {"media.expire_uploads", config.media_expiry_interval_ms},
      {"blob.sweep", config.blob_sweep_interval_ms},
      {std::string(backup::kRun), config.backup_interval_ms},
      {std::string(backup::kVerify), config.backup_verify_interval_ms},
  };
}

}  // namespace vigie::app
