#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/result.hpp"

namespace vigie::storage {

/// Expand adds what the next version needs and the running one does not mind; backfill fills it;
/// contract takes away what only older versions needed, and must wait until none of them runs.
enum class MigrationPhase : std::uint8_t { kExpand, kBackfill, kContract };

std::string_view name_of(MigrationPhase phase) noexcept;
std::optional<MigrationPhase> parse_migration_phase(std::string_view text);

/// An SQL file NNNN_name.phase.sql of server/storage/migrations, as built into the binary.
struct Migration {
  std::int32_t version = 0;
  std::string_view name;
  MigrationPhase phase = MigrationPhase::kExpand;
  std::string_view sql;
};

/// In the order of their versions. Generated from the files by the build.
std::span<const Migration> embedded_migrations();

enum class MigrationState : std::uint8_t {
  kApplied,
  kPending,
  kChanged,  // the file is not what was applied
  kUnknown,  // applied by a newer binary than this
};

std::string_view name_of(MigrationState state) noexcept;

struct MigrationStatus {
  std::int32_t version = 0;
  std::string name;
  MigrationPhase phase = MigrationPhase::kExpand;
  MigrationState state = MigrationState::kPending;
  std::string checksum;                   // SHA-256, hexadecimal
  std::optional<std::string> applied_at;  // RFC 3339, UTC
};

struct AppliedMigration {
  std::string name;
  std::string checksum;
  std::chrono::duration<double> duration{};
};

struct MigrationRun {
  std::vector<AppliedMigration> applied;
  /// Pending, and left for a run that allows contract migrations: the first of these is one.
  std::vector<std::string> held_back;
};

struct MigrationOptions {
  /// Stop before the first migration of a later phase than this.
  MigrationPhase last_phase = MigrationPhase::kContract;
  /// The operator's word that no older version of the program runs any more. Without it, the run
  /// stops before the first pending contract migration and says so in `held_back`.
  bool allows_contract = false;
  /// A migration that waits for a lock longer than this is rolled back, and tried again after a
  /// pause as long.
  std::chrono::milliseconds lock_timeout{1'000};
  int lock_attempts_max = 30;
};

/// Brings the schema up to date. Blocks its thread; not for reactors. Each migration is a
/// transaction. Of several processes that start together one migrates, the others wait for it.
class Migrator {
 public:
  explicit Migrator(std::string conninfo,
                    std::span<const Migration> migrations = embedded_migrations());

  /// Writes nothing and waits for no migration that runs.
  domain::Result<std::vector<MigrationStatus>> status();
  /// Refuses to touch anything when an applied migration has changed or is unknown.
  domain::Result<MigrationRun> up(const MigrationOptions& options = {});

 private:
  std::string conninfo_;
  std::span<const Migration> migrations_;  // outlive the migrator
};

}  // namespace vigie::storage
