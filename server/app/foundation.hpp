#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "server/app/backup_stack.hpp"
#include "server/app/blob_stack.hpp"
#include "server/app/config.hpp"
#include "server/app/domain_telemetry.hpp"
#include "server/app/media_stack.hpp"
#include "server/app/media_telemetry.hpp"
#include "server/app/readiness.hpp"
#include "server/app/system_clock.hpp"
#include "server/domain/uuid_v7.hpp"
#include "server/http/instruments.hpp"
#include "server/net/runtime.hpp"
#include "server/storage/account_store.hpp"
#include "server/storage/database.hpp"
#include "server/storage/event_store.hpp"
#include "server/storage/idempotency_store.hpp"
#include "server/storage/job_desk.hpp"
#include "server/storage/job_queue.hpp"
#include "server/storage/job_store.hpp"
#include "server/storage/password_reset_store.hpp"
#include "server/storage/session_store.hpp"
#include "server/storage/sign_in_allowance_store.hpp"
#include "server/storage/task_store.hpp"
#include "server/storage/units_of_work.hpp"
#include "telemetry/telemetry.hpp"
#include "telemetry/tick_clock.hpp"

namespace vigie::app {

/// What every process of Vigie stands on, whether it serves requests or does jobs: clocks,
/// telemetry, reactors, and the ways to what lasts. Later members use earlier ones and are
/// destroyed before them.
struct Foundation {
  explicit Foundation(const Config& settings);
  Foundation(const Foundation&) = delete;
  Foundation& operator=(const Foundation&) = delete;

  http::Instruments instruments();
  /// Watches store and schema from now on. `when_current` is called once, on a reactor, when the
  /// schema is what this binary counts on.
  void watch(std::function<void()> when_current);
  /// Of a background task: an exception that nobody expected.
  void tell_failure(const char* what);

  const Config config;
  telemetry::TickClock monotonic_clock;
  SystemClock clock;
  telemetry::Telemetry telemetry;
  Readiness readiness;
  DomainTelemetry observer;

  net::Runtime runtime;
  net::Runtime admin_runtime;
  /// For what blocks on a file or a connection of its own.
  std::unique_ptr<net::CpuPool> blocking_pool;

  domain::StorageRoom room;
  BlobStack blobs;

  domain::UuidV7Source ids;
  storage::Database database;
  storage::PgAccountStore account_store;
  storage::PgSessionStore session_store;
  storage::PgPasswordResetStore reset_store;
  storage::PgSignInAllowanceStore allowance_store;
  storage::PgEventStore event_store;
  storage::PgIdempotencyStore idempotency_store;
  storage::PgUnitsOfWork units_of_work;
  storage::PgJobQueue job_queue;
  storage::PgJobStore job_store;
  storage::PgJobDesk job_desk;
  storage::PgTaskStore task_store;

  MediaStack media;
  MediaGauges media_gauges;
  BackupStack backups;

 private:
  void check_schema();
  void count_media();
  /// Waits for the schema: a new service begins an empty store, once it is known to be new.
  domain::Result<bool> has_contents(const domain::Context& context);
  void sample_backups();

  std::function<void()> when_current_;
  std::atomic<bool> is_schema_current_{false};
};

}  // namespace vigie::app
