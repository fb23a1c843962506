#include "server/backup/backups.hpp"

#include <atomic>
#include <thread>

#include "tests/backup/backup_fixture.hpp"

namespace vigie::backup {
namespace {

using namespace testing;

TEST_F(BackupTest, IsTakenAndRestoredFromAStreamAndFromAFile) {
  const auto backup = take();
  ASSERT_TRUE(backup.ok()) << backup.error().detail;
  EXPECT_EQ(backup->key, "backups/20300102t000000z.dump");
  EXPECT_TRUE(blobs_.has(backup->key));
  EXPECT_EQ(backup->hash, fakes::hash_of(object(backup->key)));
  EXPECT_NE(std::find(backup->row_counts.begin(), backup->row_counts.end(), "accounts=100"),
            backup->row_counts.end());
  ASSERT_EQ(list().size(), 1U);
  EXPECT_EQ(list().front(), *backup);
  EXPECT_EQ(fault(), "");
  blobs_.use_files(true);
  EXPECT_EQ(fault(), "");
  ASSERT_TRUE(list().front().verified_at.has_value());
  EXPECT_EQ(*list().front().verified_at, clock_.now());
  EXPECT_EQ(scratch_count(), "0");
}

TEST_F(BackupTest, ShowsOneInstantWhateverIsWrittenMeanwhile) {
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (int i = 0; !is_over; ++i) {
      sql("INSERT INTO accounts VALUES (gen_random_uuid(), 'w" + std::to_string(i) +
          "@example.org', 'x', 'user', 'x', now())");
    }
  });
  const auto backup = take();
  is_over = true;
  writer.join();
  ASSERT_TRUE(backup.ok()) << backup.error().detail;
  EXPECT_EQ(fault(), "");
}

TEST_F(BackupTest, KeepsNoMoreThanAPartInMemory) {
  blobs_.use_files(true);
  sql("CREATE TABLE noise AS SELECT string_agg(md5(random()::text), '') AS text "
      "FROM generate_series(1, 1000) n, generate_series(1, 700) m GROUP BY n");
  const auto backup = take();
  sql("DROP TABLE noise");
  ASSERT_TRUE(backup.ok()) << backup.error().detail;
  EXPECT_GT(backup->bytes, 9'000'000U);
  EXPECT_LE(blobs_.part_bytes_max, 8U * 1024 * 1024);
  EXPECT_GE(blobs_.parts, 2);
  EXPECT_EQ(fault(), "");
}

TEST_F(BackupTest, OfAFailingProgramLeavesNothing) {
  const FakePrograms programs;
  for (const std::string script :
       {"head -c 20000000 /dev/zero; echo 'no space for this' >&2; exit 1",
        "head -c 1000 /dev/zero; kill -9 $$", "exec /nowhere/pg_dump"}) {
    programs.put("pg_dump", script);
    const auto backup = take(programs.directory());
    ASSERT_FALSE(backup.ok()) << script;
    EXPECT_EQ(backup.error().code, Code::kUnavailable);
    EXPECT_TRUE(blobs_.keys().empty()) << script;
    EXPECT_TRUE(list().empty());
  }
  programs.put("pg_dump", "echo 'no space for this' >&2; exit 1");
  EXPECT_NE(take(programs.directory()).error().detail.find("no space for this"), std::string::npos);
}

TEST_F(BackupTest, TellsThePasswordToNobodyButTheProgram) {
  const FakePrograms programs;
  programs.put("pg_dump",
               "cd \"$(dirname \"$0\")\"; echo \"$@\" >arguments; env >environment\n"
               "exec " +
                   std::string(kPrograms) + "/pg_dump \"$@\"");
  storage::PgDatabaseCopies copies(*pool_, conninfo_ + " password='open sesame'");
  std::optional<Result<Backup>> backup;
  harness_.run([&] {
    Backups backups({store_, copies, blobs_, units_, clock_, ids_},
                    {.programs_directory = programs.directory()});
    backup = backups.take(within(100s));
  });
  ASSERT_TRUE(backup->ok()) << backup->error().detail;
  EXPECT_NE(programs.content("environment").find("PGPASSWORD=open sesame\n"), std::string::npos);
  EXPECT_EQ(programs.content("arguments").find("sesame"), std::string::npos);
  EXPECT_NE(programs.content("arguments").find("--snapshot="), std::string::npos);
}

TEST_F(BackupTest, ThatIsCutOffIsFound) {
  const auto backup = take();
  ASSERT_TRUE(backup.ok());
  const std::string whole = object(backup->key);
  // Even where its hash was taken of what was cut off.
  for (const std::size_t bytes : {whole.size() / 2, whole.size() - 10, std::size_t{100}}) {
    replace(*backup, whole.substr(0, bytes));
    EXPECT_NE(fault().find("pg_restore"), std::string::npos) << bytes;
  }
  EXPECT_FALSE(list().front().fault.empty());
  EXPECT_EQ(scratch_count(), "0");
  replace(*backup, whole);
  EXPECT_EQ(fault(), "");
}

TEST_F(BackupTest, ThatIsNotWhatWasStoredIsFound) {
  const auto backup = take();
  ASSERT_TRUE(backup.ok());
  std::string changed = object(backup->key);
  changed[changed.size() / 2] = static_cast<char>(changed[changed.size() / 2] ^ 1);
  ASSERT_TRUE(blobs_.put({}, backup->key, changed).ok());
  EXPECT_NE(fault().find("SHA-256"), std::string::npos);
  ASSERT_TRUE(blobs_.remove({}, backup->key).ok());
  EXPECT_EQ(fault(), "it is not in the store");
}

TEST_F(BackupTest, ThatLacksRowsIsFound) {
  const auto backup = take();
  ASSERT_TRUE(backup.ok());
  sql("UPDATE backups SET row_counts = array_replace(row_counts, 'accounts=100', 'accounts=101')");
  EXPECT_NE(fault().find("accounts=101"), std::string::npos);
}

TEST_F(BackupTest, ThatBreaksAConstraintIsFound) {
  // As a dump looks that was taken of a damaged database.
  sql("INSERT INTO refresh_token_families SELECT gen_random_uuid(), id, now() FROM accounts "
      "LIMIT 1");
  sql("ALTER TABLE refresh_token_families DISABLE TRIGGER ALL");
  sql("DELETE FROM refresh_token_families; INSERT INTO refresh_token_families VALUES "
      "(gen_random_uuid(), gen_random_uuid(), now())");
  ASSERT_TRUE(take().ok());
  EXPECT_NE(fault().find("foreign key"), std::string::npos);
}

TEST_F(BackupTest, LeavesNoScratchDatabaseBehindNorAnotherOnes) {
  ASSERT_TRUE(take().ok());
  shared_postgres().query("CREATE DATABASE backup_proof_left_by_a_dead_process");
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(scratch_count(), "0");
}

TEST_F(BackupTest, IsRemovedWhenThereAreEnoughNewerOnesButNotTheLastThatIsProven) {
  const auto first = take();
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(fault(), "");
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(take(kPrograms, 2).ok());
  ASSERT_EQ(list().size(), 3U);
  EXPECT_EQ(list().back().key, first->key);
  EXPECT_EQ(blobs_.keys().size(), 3U);
  EXPECT_EQ(fault(), "");
  ASSERT_TRUE(take(kPrograms, 2).ok());
  EXPECT_EQ(list().size(), 2U);
  EXPECT_FALSE(blobs_.has(first->key));
}

TEST_F(BackupTest, WhoseRowWasNeverWrittenIsRemovedLater) {
  ASSERT_TRUE(blobs_.put({}, "backups/20200101t000000z.dump", "x").ok());
  ASSERT_TRUE(blobs_.put({}, "blobs/kept", "x").ok());
  ASSERT_TRUE(take().ok());
  EXPECT_FALSE(blobs_.has("backups/20200101t000000z.dump"));
  EXPECT_TRUE(blobs_.has("blobs/kept"));
}

TEST_F(BackupTest, SaysThatThereIsNoneYet) {
  const auto backup = verify();
  ASSERT_TRUE(backup.ok());
  EXPECT_FALSE(backup->has_value());
}

TEST(BackupsWithoutADatabase, AreNotTheBackupsFault) {
  PostgresServer server;
  const auto pool = net::make_cpu_pool("backup", 1, 8);
  storage::PgDatabaseCopies copies(*pool, server.conninfo());
  net::Runtime runtime({.reactor_count = 1, .name = "test"});
  server.stop_at_once();
  net::run_on_fiber(runtime, 0, [&] {
    EXPECT_EQ(copies.take_snapshot(within(10s)).error().code, Code::kUnavailable);
    EXPECT_EQ(copies.create_scratch(within(10s)).error().code, Code::kUnavailable);
    EXPECT_EQ(copies.examine(within(10s), "x").error().code, Code::kUnavailable);
  });
  server.start();
}

}  // namespace
}  // namespace vigie::backup
