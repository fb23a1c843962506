#include "server/storage/migration.hpp"

#include <algorithm>
#include <array>
#include <thread>
#include <utility>

#include "server/storage/blocking_session.hpp"

namespace vigie::storage {
namespace {

using domain::Code;

constexpr std::array<std::string_view, 3> kPhaseNames = {"expand", "backfill", "contract"};
constexpr std::array<std::string_view, 4> kStateNames = {"applied", "pending", "changed",
                                                         "unknown"};

using Session = BlockingSession;

/// Waits until no other process migrates; the lock is held as long as the session lives.
void take_turn(Session& session) {
  session.run("SET lock_timeout = '5min'");
  // Any number will do, as long as every version of the program uses the same.
  session.run("SELECT pg_advisory_lock(8246517023)");
}

void create_table(Session& session) {
  session.run(
      "CREATE TABLE IF NOT EXISTS schema_migrations ("
      "version integer PRIMARY KEY, name text NOT NULL, phase text NOT NULL, "
      "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())");
}

std::string checksum_of(Session& session, std::string_view sql) {
  const std::array values{std::string(sql)};
  const Rows sum = session.run("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", values);
  return sum.string(0, 0);
}

/// What the database says was applied; nothing in one that was never migrated.
std::vector<MigrationStatus> read_applied(Session& session) {
  std::vector<MigrationStatus> all;
  const Rows table = session.run("SELECT to_regclass('schema_migrations')");
  if (table.is_null(0, 0)) return all;
  const Rows rows = session.run(
      "SELECT version, name, phase, checksum, "
      "to_char(applied_at, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') FROM schema_migrations");
  for (int row = 0; row < rows.count(); ++row) {
    const auto text = [&](int column) { return rows.string(row, column); };
    all.push_back({.version = std::stoi(text(0)),
                   .name = text(1),
                   .phase = parse_migration_phase(text(2)).value_or(MigrationPhase::kExpand),
                   .state = MigrationState::kUnknown,
                   .checksum = text(3),
                   .applied_at = text(4)});
  }
  return all;
}

/// Every migration that is known, here or there, by version. All that was applied is first marked
/// unknown; then what is embedded is matched against it.
std::vector<MigrationStatus> compare(Session& session, std::span<const Migration> migrations) {
  std::vector<MigrationStatus> all = read_applied(session);
  for (const Migration& migration : migrations) {
    const std::string checksum = checksum_of(session, migration.sql);
    const auto applied = std::find_if(all.begin(), all.end(), [&](const MigrationStatus& each) {
      return each.version == migration.version;
    });
    if (applied != all.end()) {
      const bool is_same = applied->checksum == checksum && applied->name == migration.name;
      applied->state = is_same ? MigrationState::kApplied : MigrationState::kChanged;
      continue;
    }
    all.push_back({.version = migration.version,
                   .name = std::string(migration.name),
                   .phase = migration.phase,
                   .checksum = checksum});
  }
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return a.version < b.version; });
  return all;
}

void refuse_what_differs(const std::vector<MigrationStatus>& all) {
  for (const MigrationStatus& each : all) {
    const std::string label = std::to_string(each.version) + "_" + each.name;
    if (each.state == MigrationState::kChanged) {
      throw SessionFailure({.code = Code::kInternal,
                            .message = "Migration " + label +
                                       " was changed after it had been applied; restore the "
                                       "file and write a new migration."});
    }
    if (each.state == MigrationState::kUnknown) {
      throw SessionFailure({.code = Code::kInternal,
                            .message = "Migration " + label +
                                       " was applied by a newer version of the program; this "
                                       "version does not know it."});
    }
  }
}

void run_and_record(Session& session, const Migration& migration, const std::string& checksum) {
  session.run("BEGIN");
  session.run(std::string(migration.sql));
  const std::array values{std::to_string(migration.version), std::string(migration.name),
                          std::string(name_of(migration.phase)), checksum};
  session.run(
      "INSERT INTO schema_migrations (version, name, phase, checksum) "
      "VALUES ($1::integer, $2, $3, $4)",
      values);
  session.run("COMMIT");
}

/// While a migration waits for a table, everybody who comes after it waits too: it gives way soon,
/// and tries again.
void run_patiently(Session& session, const Migration& migration, const std::string& checksum,
                   const MigrationOptions& options) {
  session.run("SET lock_timeout = " + std::to_string(options.lock_timeout.count()));
  for (int attempt = 1;; ++attempt) {
    try {
      return run_and_record(session, migration, checksum);
    } catch (const SessionFailure& failure) {
      const bool was_locked_out = failure.error.code == Code::kOverloaded;
      if (!was_locked_out || attempt >= options.lock_attempts_max) throw;
    }
    session.run("ROLLBACK");
    std::this_thread::sleep_for(options.lock_timeout);
  }
}

AppliedMigration apply(Session& session, const Migration& migration, const std::string& checksum,
                       const MigrationOptions& options) {
  const auto began = std::chrono::steady_clock::now();
  try {
    run_patiently(session, migration, checksum, options);
  } catch (SessionFailure& failure) {
    failure.error.message = "Migration " + std::to_string(migration.version) + "_" +
                            std::string(migration.name) + " failed and was rolled back.";
    throw;
  }
  return {.name = std::string(migration.name),
          .checksum = checksum,
          .duration = std::chrono::steady_clock::now() - began};
}

MigrationRun apply_pending(Session& session, std::span<const Migration> migrations,
                           const std::vector<MigrationStatus>& all,
                           const MigrationOptions& options) {
  MigrationRun run;
  for (const MigrationStatus& each : all) {
    if (each.state != MigrationState::kPending) continue;
    const bool is_held_back = each.phase > options.last_phase ||
                              (each.phase == MigrationPhase::kContract && !options.allows_contract);
    // What comes after may build on it.
    if (is_held_back || !run.held_back.empty()) {
      run.held_back.push_back(each.name);
      continue;
    }
    const auto migration =
        std::find_if(migrations.begin(), migrations.end(),
                     [&](const Migration& known) { return known.version == each.version; });
    run.applied.push_back(apply(session, *migration, each.checksum, options));
  }
  return run;
}

}  // namespace

std::string_view name_of(MigrationPhase phase) noexcept {
  return kPhaseNames[static_cast<std::size_t>(phase)];
}

std::string_view name_of(MigrationState state) noexcept {
  return kStateNames[static_cast<std::size_t>(state)];
}

std::optional<MigrationPhase> parse_migration_phase(std::string_view text) {
  const auto found = std::find(kPhaseNames.begin(), kPhaseNames.end(), text);
  if (found == kPhaseNames.end()) return std::nullopt;
  return static_cast<MigrationPhase>(found - kPhaseNames.begin());
}

Migrator::Migrator(std::string conninfo, std::span<const Migration> migrations)
    : conninfo_(std::move(conninfo)), migrations_(migrations) {}

domain::Result<std::vector<MigrationStatus>> Migrator::status() {
  try {
    Session session(conninfo_);
    return compare(session, migrations_);
  } catch (SessionFailure& failure) {
    return std::move(failure.error);
  }
}

domain::Result<MigrationRun> Migrator::up(const MigrationOptions& options) {
  try {
    Session session(conninfo_);
    take_turn(session);
    create_table(session);
    const std::vector<MigrationStatus> all = compare(session, migrations_);
    refuse_what_differs(all);
    return apply_pending(session, migrations_, all, options);
  } catch (SessionFailure& failure) {
    return std::move(failure.error);
  }
}

}  // namespace vigie::storage
