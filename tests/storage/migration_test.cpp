#include "server/storage/migration.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

#include "tests/storage/database_fixture.hpp"

namespace vigie::storage::testing {
namespace {

constexpr Migration kFirst{1, "first", MigrationPhase::kExpand, "CREATE TABLE one (id integer)"};
constexpr Migration kSecond{2, "second", MigrationPhase::kBackfill, "INSERT INTO one VALUES (1)"};
constexpr Migration kThird{3, "third", MigrationPhase::kContract,
                           "ALTER TABLE one RENAME TO two; ALTER TABLE two ADD extra integer"};
constexpr Migration kFourth{4, "fourth", MigrationPhase::kExpand, "CREATE TABLE four (id integer)"};
constexpr Migration kAll[] = {kFirst, kSecond, kThird, kFourth};

/// The names of what a run applied, or its error.
std::string applied_by(const domain::Result<MigrationRun>& run) {
  if (!run) return run.error().message;
  std::string names;
  for (const auto& migration : run->applied) names += migration.name + " ";
  return names;
}

std::string states_of(Migrator migrator) {
  const auto all = migrator.status();
  if (!all) return all.error().message;
  std::string states;
  for (const auto& each : *all) states += std::string(name_of(each.state)) + " ";
  return states;
}

class MigratorTest : public ::testing::Test {
 protected:
  std::string conninfo_ = shared_postgres().create_database();
};

TEST_F(MigratorTest, AppliesTheEmbeddedMigrationsOnce) {
  const auto run = Migrator(conninfo_).up();
  ASSERT_TRUE(run.ok()) << run.error().detail;
  EXPECT_EQ(run->applied.size(), embedded_migrations().size());
  EXPECT_EQ(applied_by(Migrator(conninfo_).up()), "");
}

TEST_F(MigratorTest, EmbedsTheFilesInOrder) {
  const auto migrations = embedded_migrations();
  ASSERT_GE(migrations.size(), 3U);
  EXPECT_EQ(migrations[0].name, "accounts");
  EXPECT_TRUE(std::is_sorted(migrations.begin(), migrations.end(),
                             [](const auto& a, const auto& b) { return a.version < b.version; }));
}

TEST_F(MigratorTest, TellsWhatIsPendingAndWhatIsApplied) {
  EXPECT_EQ(states_of(Migrator(conninfo_, kAll)), "pending pending pending pending ");
  EXPECT_EQ(applied_by(Migrator(conninfo_, {kAll, 1}).up()), "first ");
  EXPECT_EQ(states_of(Migrator(conninfo_, kAll)), "applied pending pending pending ");
  const auto all = *Migrator(conninfo_, kAll).status();
  EXPECT_EQ(all[0].checksum, "08688910e9e62881e951a7ed99bc07dbd1a6fe34e76ff060c7de2af598fbb673");
  EXPECT_TRUE(all[0].applied_at.has_value());
  EXPECT_FALSE(all[1].applied_at.has_value());
}

TEST_F(MigratorTest, HoldsContractMigrationsAndWhatFollowsThemBack) {
  const auto run = Migrator(conninfo_, kAll).up();
  EXPECT_EQ(applied_by(run), "first second ");
  EXPECT_EQ(run->held_back, (std::vector<std::string>{"third", "fourth"}));
  EXPECT_EQ(applied_by(Migrator(conninfo_, kAll).up({.allows_contract = true})), "third fourth ");
}

TEST_F(MigratorTest, StopsBeforeAPhaseThatIsNotWanted) {
  const auto run = Migrator(conninfo_, kAll).up({.last_phase = MigrationPhase::kExpand});
  EXPECT_EQ(applied_by(run), "first ");
}

TEST_F(MigratorTest, RefusesToGoOnWhenAnAppliedMigrationHasChanged) {
  ASSERT_EQ(applied_by(Migrator(conninfo_, {kAll, 1}).up()), "first ");
  Migration changed[] = {kFirst, kSecond};
  changed[0].sql = "CREATE TABLE one (id bigint)";
  EXPECT_EQ(states_of(Migrator(conninfo_, changed)), "changed pending ");
  EXPECT_EQ(applied_by(Migrator(conninfo_, changed).up()),
            "Migration 1_first was changed after it had been applied; restore the file and write a "
            "new migration.");
}

TEST_F(MigratorTest, RefusesADatabaseOfANewerVersion) {
  ASSERT_EQ(applied_by(Migrator(conninfo_, {kAll, 2}).up()), "first second ");
  EXPECT_EQ(states_of(Migrator(conninfo_, {kAll, 1})), "applied unknown ");
  EXPECT_EQ(applied_by(Migrator(conninfo_, {kAll, 1}).up()),
            "Migration 2_second was applied by a newer version of the program; this version does "
            "not know it.");
}

TEST_F(MigratorTest, LeavesNothingOfAMigrationThatFails) {
  const Migration broken[] = {
      kFirst, {2, "broken", MigrationPhase::kExpand, "CREATE TABLE half (id integer); SELECT 1/0"}};
  const auto run = Migrator(conninfo_, broken).up();
  EXPECT_EQ(applied_by(run), "Migration 2_broken failed and was rolled back.");
  EXPECT_NE(run.error().detail.find("division by zero"), std::string::npos);
  EXPECT_EQ(states_of(Migrator(conninfo_, broken)), "applied pending ");
  const Migration mended[] = {
      kFirst, {2, "mended", MigrationPhase::kExpand, "CREATE TABLE half (id integer)"}};
  EXPECT_EQ(applied_by(Migrator(conninfo_, mended).up()), "mended ");
}

TEST_F(MigratorTest, MigratesOnceWhenSeveralStartTogether) {
  std::vector<std::future<std::string>> runs;
  for (int i = 0; i < 4; ++i) {
    runs.push_back(
        std::async(std::launch::async, [this] { return applied_by(Migrator(conninfo_).up()); }));
  }
  int runs_that_migrated = 0;
  for (auto& run : runs) {
    const std::string applied = run.get();
    EXPECT_TRUE(applied.empty() || applied.starts_with("accounts ")) << applied;
    runs_that_migrated += applied.empty() ? 0 : 1;
  }
  EXPECT_EQ(runs_that_migrated, 1);
}

/// Runs `sql`, and `body` as soon as it holds a lock of this type in the database.
void while_locked(const std::string& conninfo, const std::string& sql, const std::string& type,
                  const std::function<void(const std::atomic<bool>& is_over)>& body) {
  const std::string name = conninfo.substr(conninfo.rfind('=') + 1);
  std::atomic<bool> is_over{false};
  std::thread holder([&] {
    shared_postgres().query(sql, name);
    is_over = true;
  });
  EXPECT_TRUE(eventually([&] {
    return shared_postgres().query(
               "SELECT count(*) FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE granted AND "
               "pid <> pg_backend_pid() AND query LIKE '%pg_sleep%' AND locktype = '" +
                   type + "' AND datname = current_database()",
               name) != "0";
  }));
  body(is_over);
  holder.join();
}

TEST_F(MigratorTest, TellsTheStatusWithoutWritingOrWaitingForAMigration) {
  const std::string name = conninfo_.substr(conninfo_.rfind('=') + 1);
  while_locked(conninfo_, "SELECT pg_advisory_lock(8246517023), pg_sleep(2)", "advisory",
               [&](auto& is_over) {
                 EXPECT_EQ(states_of(Migrator(conninfo_, {kAll, 2})), "pending pending ");
                 EXPECT_FALSE(is_over) << "it has waited";
               });
  EXPECT_EQ(shared_postgres().query(
                "SELECT count(*) FROM pg_tables WHERE tablename = 'schema_migrations'", name),
            "0");
}

/// A long statement of somebody else, which a change of the table has to wait for.
constexpr std::string_view kReadSlowly = "SELECT pg_sleep(2), count(*) FROM one";

TEST_F(MigratorTest, GivesWayToWhatItWouldHaveToWaitForAndTriesAgain) {
  ASSERT_EQ(applied_by(Migrator(conninfo_, {kAll, 2}).up()), "first second ");
  const std::string name = conninfo_.substr(conninfo_.rfind('=') + 1);
  while_locked(conninfo_, std::string(kReadSlowly), "relation", [&](auto&) {
    const auto run =
        Migrator(conninfo_, {kAll, 3})
            .up({.allows_contract = true, .lock_timeout = 50ms, .lock_attempts_max = 1});
    EXPECT_EQ(applied_by(run), "Migration 3_third failed and was rolled back.");
    EXPECT_NE(run.error().detail.find("lock timeout"), std::string::npos);
    const auto patient =
        Migrator(conninfo_, {kAll, 3})
            .up({.allows_contract = true, .lock_timeout = 50ms, .lock_attempts_max = 200});
    EXPECT_EQ(applied_by(patient), "third ");
  });
}

TEST(Migrator, SaysThatTheDatabaseCannotBeReached) {
  const auto run = Migrator("host=/nonexistent user=vigie").up();
  ASSERT_FALSE(run.ok());
  EXPECT_EQ(run.error().code, domain::Code::kUnavailable);
}

}  // namespace
}  // namespace vigie::storage::testing
