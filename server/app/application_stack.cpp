#include "server/app/application_stack.hpp"

#include <algorithm>
#include <functional>
#include <thread>
#include <utility>

#include "server/app/backup_stack.hpp"
#include "server/app/blob_stack.hpp"
#include "server/app/configuration_json.hpp"
#include "server/app/domain_telemetry.hpp"
#include "server/app/files.hpp"
#include "server/app/load_metrics.hpp"
#include "server/app/media_stack.hpp"
#include "server/app/options.hpp"
#include "server/app/periodic.hpp"
#include "server/app/system_clock.hpp"
#include "server/auth/argon2_hasher.hpp"
#include "server/auth/hmac_authenticator.hpp"
#include "server/auth/jwt_issuer.hpp"
#include "server/auth/jwt_verifier.hpp"
#include "server/auth/random_bytes.hpp"
#include "server/domain/accounts.hpp"
#include "server/domain/events.hpp"
#include "server/domain/sessions.hpp"
#include "server/domain/uuid_v7.hpp"
#include "server/http/admin.hpp"
#include "server/http/api.hpp"
#include "server/net/cpu_pool.hpp"
#include "server/storage/account_store.hpp"
#include "server/storage/database.hpp"
#include "server/storage/event_store.hpp"
#include "server/storage/idempotency_store.hpp"
#include "server/storage/job_queue.hpp"
#include "server/storage/migration.hpp"
#include "server/storage/session_store.hpp"
#include "server/storage/units_of_work.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/tick_clock.hpp"

namespace vigie::app {

using namespace telemetry::attributes;
namespace log_events = telemetry::log_events;

namespace {

http::Instruments instruments_of(telemetry::Telemetry& telemetry) {
  return {telemetry.metrics(), telemetry.log(), telemetry.tracer()};
}

constexpr std::chrono::seconds kBackupsSampleInterval{5};

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

/// Later members use earlier ones and are destroyed before them.
struct ApplicationStack::Parts {
  explicit Parts(const Config& settings);

  void start_housekeeping();
  void tell_failure(const char* what);
  using RemoveExpired = std::function<domain::Result<std::int64_t>(
      const domain::Context&, domain::Timestamp now, std::int64_t limit)>;
  void start_cleaning(std::chrono::milliseconds interval, RemoveExpired remove_expired);
  void clean(const RemoveExpired& remove_expired);
  void reload_keys();
  void check_schema();
  void count_media();
  void sample_backups();

  const Config config;
  telemetry::TickClock monotonic_clock;
  SystemClock clock;
  telemetry::Telemetry telemetry;
  Readiness readiness;
  DomainTelemetry observer;

  net::Runtime runtime;
  net::Runtime admin_runtime;
  std::unique_ptr<net::CpuPool> password_pool;
  /// For what blocks on a file or a connection of its own.
  std::unique_ptr<net::CpuPool> blocking_pool;

  BlobStack blobs;

  std::unique_ptr<auth::KeyRing> key_ring;
  auth::JwtIssuer token_issuer;
  auth::JwtVerifier token_verifier;
  auth::HmacAuthenticator authenticator;
  auth::Argon2Hasher hasher;

  domain::UuidV7Source ids;
  storage::Database database;
  storage::PgAccountStore account_store;
  storage::PgSessionStore session_store;
  storage::PgEventStore event_store;
  storage::PgIdempotencyStore idempotency_store;
  storage::PgUnitsOfWork units_of_work;
  storage::PgJobQueue job_queue;
  BackupStack backups;

  domain::TimeZoneSet time_zones;
  domain::Accounts accounts;
  domain::Sessions sessions;
  domain::Events events;
  MediaStack media;
  MediaGauges media_gauges;

  http::Api api;
  http::Admin admin;
  net::Server public_server;
  net::Server admin_server;
  bool is_schema_current = false;  // used on one reactor alone
};

ApplicationStack::Parts::Parts(const Config& settings)
    : config(settings),
      telemetry(config.telemetry_config, monotonic_clock),
      readiness(telemetry),
      observer(telemetry),
      runtime(public_runtime_options(config)),
      admin_runtime(admin_runtime_options()),
      password_pool(net::make_cpu_pool("password",
                                       static_cast<std::size_t>(config.password_threads),
                                       static_cast<std::size_t>(config.password_queue_max))),
      blocking_pool(net::make_cpu_pool("blocking", 1, 8)),
      blobs(config, clock, telemetry),
      key_ring(open_key_ring(config)),
      token_issuer(*key_ring, token_settings(config)),
      token_verifier(*key_ring, token_settings(config)),
      authenticator(read_secret(config)),
      hasher(*password_pool, telemetry.metrics(), argon2_cost(config)),
      ids(clock, auth::fill_random),
      database(loops_of(runtime), database_options(config), telemetry.metrics(), telemetry.log()),
      account_store(database),
      session_store(database),
      event_store(database),
      idempotency_store(database),
      units_of_work(database),
      job_queue(database, ids, telemetry.metrics()),
      backups(config, {database, blobs.store(), clock, ids, telemetry}),
      time_zones(read_time_zones()),
      accounts(account_store, hasher, clock, ids, observer),
      sessions({account_store, session_store, hasher, token_issuer, clock, ids, observer},
               session_lifetimes(config)),
      events(event_store, clock, ids, observer, time_zones),
      media({database, event_store, blobs.store(), blobs.pool(), job_queue, units_of_work, clock,
             ids, observer, telemetry},
            media_limits(config), preview_options(config), config.blob_sweep_grace_ms),
      media_gauges(telemetry.metrics()),
      api({accounts, sessions, events, media.uploads(), media.library(), time_zones, token_verifier,
           authenticator, idempotency_store, clock, instruments_of(telemetry)},
          api_options(config)),
      admin({instruments_of(telemetry), [this] { return readiness.obstacles(); }, VIGIE_VERSION,
             VIGIE_REVISION, api.slow_thresholds(), telemetry.recorder(),
             [this] { return configuration_json(config); }}),
      public_server(runtime, api, public_server_options(config)),
      admin_server(admin_runtime, admin, admin_server_options(config)) {
  export_load(telemetry.metrics(), {public_server, runtime, *password_pool, blobs.pool()});
  readiness.watch_database([this] { return database.is_up(); });
  start_housekeeping();
  readiness.started();
}

void ApplicationStack::Parts::start_housekeeping() {
  const auto failed = [this](const char* what) { tell_failure(what); };
  net::EventLoop& loop = runtime.loop(0);
  blobs.watch(loop, failed);
  start_cleaning(config.idempotency_cleanup_interval_ms,
                 std::bind_front(&storage::PgIdempotencyStore::remove_expired, &idempotency_store));
  start_cleaning(config.session_cleanup_interval_ms,
                 std::bind_front(&storage::PgSessionStore::remove_expired, &session_store));
  run_periodically(
      loop, kBackupsSampleInterval, [this] { sample_backups(); }, failed);
  run_periodically(
      loop, config.keys_reload_interval_ms, [this] { reload_keys(); }, failed);
  run_periodically(
      loop, std::chrono::milliseconds(250), [this] { check_schema(); }, failed);
  constexpr std::chrono::seconds kMediaCounted{15};
  run_periodically(
      loop, kMediaCounted, [this] { count_media(); }, failed);
}

void ApplicationStack::Parts::tell_failure(const char* what) {
  telemetry.log().write(log_events::kInternalError, {}, {{kExceptionMessage, what}});
}

void ApplicationStack::Parts::start_cleaning(std::chrono::milliseconds interval,
                                             RemoveExpired remove_expired) {
  run_periodically(
      runtime.loop(0), interval,
      [this, remove_expired = std::move(remove_expired)] { clean(remove_expired); },
      [this](const char* what) { tell_failure(what); });
}

/// Portion by portion, so that no statement is long.
void ApplicationStack::Parts::clean(const RemoveExpired& remove_expired) {
  constexpr std::int64_t kBatch = 1000;
  domain::Context context;
  std::int64_t removed = kBatch;
  while (removed == kBatch) {
    context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    const auto result = remove_expired(context, clock.now(), kBatch);
    if (!result) return;  // storage has counted and logged it; the next run tries again
    removed = *result;
  }
}

void ApplicationStack::Parts::reload_keys() {
  const auto reload = [this] {
    const auto changed = key_ring->reload_if_changed();
    if (!changed) {
      telemetry.log().write(log_events::kConfigFault, {},
                            {{kSettingName, "VIGIE_KEYS_DIR"}, {kDetail, changed.error().detail}});
    } else if (*changed) {
      telemetry.log().write(log_events::kAuthKeysRotated, {}, {{kReason, "directory changed"}});
    }
  };
  blocking_pool->run(reload, std::chrono::steady_clock::now() + std::chrono::seconds(5));
}

void ApplicationStack::Parts::check_schema() {
  if (is_schema_current || !database.is_up()) return;
  // Shared with the pool's thread, which may outlast this wait.
  const auto is_current = std::make_shared<std::atomic<bool>>(false);
  const auto look = [url = config.database_url, is_current] {
    *is_current = schema_is_current(url);
  };
  blocking_pool->run(look, std::chrono::steady_clock::now() + std::chrono::seconds(5));
  is_schema_current = *is_current;
  readiness.schema_is_current(is_schema_current);
}

void ApplicationStack::Parts::count_media() {
  if (!is_schema_current || !database.is_up()) return;
  domain::Context context;
  context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  const auto counts = media.store().counts(context, clock.now());
  if (counts) media_gauges.set(*counts);  // else storage has counted and logged it
}

void ApplicationStack::Parts::sample_backups() {
  if (!is_schema_current) return;  // there may be no such table yet
  domain::Context context;
  context.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  backups.sample(context);
}

ApplicationStack::ApplicationStack(const Config& config)
    : parts_(std::make_unique<Parts>(config)) {}
ApplicationStack::~ApplicationStack() = default;

telemetry::Telemetry& ApplicationStack::telemetry() { return parts_->telemetry; }
Readiness& ApplicationStack::readiness() { return parts_->readiness; }
net::Server& ApplicationStack::public_server() { return parts_->public_server; }
net::Server& ApplicationStack::admin_server() { return parts_->admin_server; }
std::size_t ApplicationStack::reactor_count() const { return parts_->runtime.size(); }

void ApplicationStack::stop() {
  constexpr std::chrono::seconds kFlushTimeout{5};
  parts_->runtime.stop();
  parts_->telemetry.shutdown(kFlushTimeout);
}

}  // namespace vigie::app
