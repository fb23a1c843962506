#include "server/app/foundation.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "server/app/options.hpp"
#include "server/app/periodic.hpp"
#include "server/crypto/random_bytes.hpp"
#include "server/net/cpu_pool.hpp"
#include "server/storage/migration.hpp"
#include "telemetry/catalogue/log_events.hpp"

namespace vigie::app {
namespace {

/// Every migration that this binary counts on is there. What a newer one has added does no harm,
/// and what contract migrations will take away is not used any more.
bool schema_is_current(const std::string& database_url) {
  const auto status = storage::Migrator(database_url).status();
  return status && std::ranges::all_of(*status, [](const storage::MigrationStatus& migration) {
           return migration.state != storage::MigrationState::kPending ||
                  migration.phase == storage::MigrationPhase::kContract;
         });
}

}  // namespace

Foundation::Foundation(const Config& settings)
    : config(settings),
      telemetry(config.telemetry_config, monotonic_clock),
      readiness(telemetry),
      observer(telemetry),
      runtime(public_runtime_options(config)),
      admin_runtime(admin_runtime_options()),
      blocking_pool(net::make_cpu_pool("blocking", 1, 8)),
      room(static_cast<std::uint64_t>(config.media_quota_total_bytes)),
      blobs(config, clock, room, telemetry),
      ids(clock, crypto::fill_random),
      database(loops_of(runtime), database_options(config), telemetry.metrics(), telemetry.log()),
      account_store(database),
      session_store(database),
      reset_store(database),
      allowance_store(database),
      event_store(database),
      idempotency_store(database),
      units_of_work(database),
      job_queue(database, ids, telemetry.metrics()),
      job_store(database),
      job_desk(database),
      task_store(database),
      media({database, event_store, blobs.store(), job_queue, units_of_work, clock, ids, observer,
             telemetry},
            media_limits(config), preview_options(config), config.blob_sweep_grace_ms),
      media_gauges(telemetry.metrics(), config.media_quota_total_bytes),
      backups(config, {database, blobs.store(), clock, ids, job_queue, telemetry}) {
  readiness.watch_database([this] { return database.is_up(); });
  blobs.ask([this](const domain::Context& context) { return has_contents(context); });
}

http::Instruments Foundation::instruments() {
  return {telemetry.metrics(), telemetry.log(), telemetry.tracer()};
}

void Foundation::tell_failure(const char* what) {
  telemetry.log().write(telemetry::log_events::kInternalError, {},
                        {{telemetry::attributes::kExceptionMessage, what}});
}

void Foundation::watch(std::function<void()> when_current) {
  when_current_ = std::move(when_current);
  const auto failed = [this](const char* what) { tell_failure(what); };
  net::EventLoop& loop = runtime.loop(0);
  blobs.watch(loop, failed);
  // Where a reactor that computes too long does not hold it up.
  run_periodically(
      admin_runtime.loop(0), std::chrono::milliseconds(100), [this] { readiness.observe(); },
      failed);
  run_periodically(
      loop, std::chrono::milliseconds(250), [this] { check_schema(); }, failed);
  constexpr std::chrono::seconds kBackupsSampled{5};
  run_periodically(
      loop, kBackupsSampled, [this] { sample_backups(); }, failed);
  constexpr std::chrono::seconds kMediaCounted{15};
  run_periodically(
      loop, kMediaCounted, [this] { count_media(); }, failed);
}

void Foundation::check_schema() {
  if (is_schema_current_ || !database.is_up()) return;
  // Shared with the pool's thread, which may outlast this wait.
  const auto is_current = std::make_shared<std::atomic<bool>>(false);
  const auto look = [url = config.database_url, is_current] {
    *is_current = schema_is_current(url);
  };
  blocking_pool->run(look, std::chrono::steady_clock::now() + std::chrono::seconds(5));
  is_schema_current_ = is_current->load();
  readiness.schema_is_current(is_schema_current_);
  if (is_schema_current_) when_current_();
}

domain::Result<bool> Foundation::has_contents(const domain::Context& context) {
  constexpr std::chrono::milliseconds kLook{50};
  while (!is_schema_current_) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= context.deadline) {
      return domain::Error{.code = domain::Code::kUnavailable,
                           .message = "The store of contents is not available.",
                           .detail = "an empty store, and no database to say whether it should be"};
    }
    net::sleep_until(std::min(now + kLook, context.deadline));
  }
  return media.references().has_contents(context);
}

void Foundation::count_media() {
  if (!is_schema_current_ || !database.is_up()) return;
  domain::Context context;
  context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const std::uint64_t reserved = room.reserved();
  const auto counts = media.store().counts(context, clock.now());
  if (!counts) return;  // storage has counted and logged it
  room.counted(counts->bytes_used, reserved);
  media_gauges.set(*counts);
}

void Foundation::sample_backups() {
  if (!is_schema_current_) return;  // there may be no such table yet
  domain::Context context;
  context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  backups.sample(context);
}

}  // namespace vigie::app
