#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "server/backup/backup_handlers.hpp"
#include "server/backup/backups.hpp"
#include "server/net/cpu_pool.hpp"
#include "server/storage/backup_store.hpp"
#include "server/storage/database_copies.hpp"
#include "server/storage/units_of_work.hpp"
#include "tests/fakes/fake_blob_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/fakes/fake_job_run.hpp"
#include "tests/fakes/temporary_directory.hpp"
#include "tests/storage/database_fixture.hpp"

namespace vigie::backup::testing {

using namespace std::chrono_literals;
using domain::Backup;
using domain::Code;
using domain::Context;
using domain::Result;
using storage::testing::PostgresServer;
using storage::testing::shared_postgres;
using storage::testing::within;

inline constexpr const char* kPrograms = "/usr/lib/postgresql/15/bin";

/// Notes how large the parts are.
class MeasuredBlobStore : public fakes::FakeBlobStore {
 public:
  Result<std::unique_ptr<domain::PartSink>> write_part(const Context& context,
                                                       const domain::PartPlace& place) override {
    part_bytes_max = std::max(part_bytes_max, place.bytes);
    ++parts;
    return FakeBlobStore::write_part(context, place);
  }
  std::uint64_t part_bytes_max = 0;
  int parts = 0;
};

/// Programs of our own in place of PostgreSQL's.
class FakePrograms {
 public:
  void put(const std::string& name, const std::string& script) const {
    const std::string path = directory_.path() / name;
    std::ofstream(path) << "#!/bin/sh\n" << script << '\n';
    ::chmod(path.c_str(), 0755);
  }
  std::string content(const std::string& name) const {
    std::ifstream file(directory_.path() / name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string directory() const { return directory_.path(); }

 private:
  fakes::TemporaryDirectory directory_;
};

class BackupTest : public ::testing::Test {
 protected:
  BackupTest() {
    sql("INSERT INTO accounts SELECT gen_random_uuid(), n || '@example.org', 'x', 'user', 'x', "
        "now() FROM generate_series(1, 100) n ON CONFLICT DO NOTHING");
  }

  std::string sql(const std::string& statement) {
    const std::string database = conninfo_.substr(conninfo_.find("dbname=") + 7);
    return shared_postgres().query(statement, database);
  }
  static std::string scratch_count() {
    return shared_postgres().query(
        "SELECT count(*) FROM pg_database WHERE starts_with(datname, 'backup_proof_')");
  }

  /// Runs `call` with the backups of these programs.
  template <typename Call>
  auto with(const std::string& programs, Call call, std::size_t keep = 3) {
    std::optional<decltype(call(std::declval<Backups&>(), std::declval<const Context&>()))> result;
    harness_.run([&] {
      Backups backups({store_, copies_, blobs_, units_, clock_, ids_},
                      {.programs_directory = programs, .keep = keep});
      result = call(backups, within(100s));
    });
    return std::move(*result);
  }
  Result<Backup> take(const std::string& programs = kPrograms, std::size_t keep = 3) {
    clock_.advance(std::chrono::hours(24));
    return with(
        programs, [](Backups& backups, const Context& context) { return backups.take(context); },
        keep);
  }
  Result<std::optional<Backup>> verify() {
    return with(kPrograms,
                [](Backups& backups, const Context& context) { return backups.verify(context); });
  }
  std::string fault() {
    const auto backup = verify();
    EXPECT_TRUE(backup.ok()) << (backup ? "" : backup.error().detail);
    return backup && *backup ? (*backup)->fault : "nothing was verified";
  }
  std::vector<Backup> list() {
    std::vector<Backup> all;
    harness_.run([&] { all = *store_.list(within(10s)); });
    return all;
  }
  std::string object(const std::string& key) {
    const auto content = blobs_.open({}, key, 0, (*blobs_.find({}, key))->bytes);
    auto& source = *std::get<std::unique_ptr<domain::BlobSource>>(*content);
    std::string all;
    for (;;) {
      const std::string_view bytes = *source.next();
      if (bytes.empty()) return all;
      all += bytes;
    }
  }
  /// Stores other bytes in its place, and their hash, as if pg_dump had written them.
  void replace(const Backup& backup, const std::string& bytes) {
    ASSERT_TRUE(blobs_.put({}, backup.key, bytes).ok());
    sql("UPDATE backups SET hash = decode('" + fakes::hash_of(bytes).to_string() +
        "', 'hex') WHERE key = '" + backup.key + "'");
  }

  /// Does one `backup.run`.
  Result<void> run_job() {
    clock_.advance(std::chrono::hours(24));
    fakes::CapturedTelemetry telemetry;
    BackupTelemetry told(telemetry.metrics, telemetry.log);
    return with(kPrograms, [&](Backups& backups, const Context& context) {
      fakes::FakeJobRun run{domain::Job{.kind = "backup.run"}};
      return BackupRunHandler(backups, told, queue_).run(context, run);
    });
  }
  std::vector<std::string> enqueued() const {
    std::vector<std::string> kinds;
    for (const fakes::QueuedJob& job : queue_.jobs()) kinds.push_back(job.kind);
    return kinds;
  }

  const std::string conninfo_ = [] {
    std::string made = shared_postgres().create_database();
    EXPECT_TRUE(storage::Migrator(made).up().ok());
    return made;
  }();
  storage::testing::Harness harness_{storage::DatabaseOptions{.conninfo = conninfo_}};
  std::unique_ptr<net::CpuPool> pool_ = net::make_cpu_pool("backup", 2, 8);
  storage::PgBackupStore store_{harness_.database()};
  storage::PgUnitsOfWork units_{harness_.database()};
  storage::PgDatabaseCopies copies_{*pool_, conninfo_};
  MeasuredBlobStore blobs_;
  fakes::FakeClock clock_;
  fakes::FakeIdSource ids_;
  fakes::FakeJobQueue queue_;
};

}  // namespace vigie::backup::testing
