#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "server/storage/sql/media.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/storage/database_fixture.hpp"

namespace vigie::storage::testing {
namespace {

/// 60,000 media: half of one account and of one event, of which the newest 10,000 are deleted or
/// still uploading; the rest of 500 accounts and events.
constexpr std::string_view kAccountsSql =
    "INSERT INTO accounts SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, "
    "'owner' || n || '@example.org', 'Owner ' || n, 'organiser', '', '2025-01-01Z' "
    "FROM generate_series(1, 500) n";
constexpr std::string_view kEventsSql =
    "INSERT INTO events SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, "
    "('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'published', 'Event ' || n, "
    "'', 'music', '{}', NULL, NULL, NULL, NULL, '2026-01-01Z', '2026-01-02Z', 'Europe/Paris', 100, "
    "0, 'EUR', 1, '2025-01-01Z', '2025-01-01Z' FROM generate_series(1, 500) n";
constexpr std::string_view kBlobSql =
    "INSERT INTO blobs VALUES (decode(repeat('ab', 32), 'hex'), 1000, 60000, true)";
constexpr std::string_view kMediaSql =
    "INSERT INTO media (id, owner_id, event_id, state, file_name, declared_type, bytes, "
    "part_bytes, created_at, updated_at, deleted_at, purge_at, expires_at, hash, type, "
    "completed_at) SELECT "
    "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, whose, whose, "
    "CASE WHEN is_open THEN 'uploading' ELSE 'failed' END, 'picture.png', "
    "'image/png', 1000, 5242880, '2025-01-01Z'::timestamptz + n * interval '1 minute', "
    "'2025-06-01Z', CASE WHEN is_deleted THEN '2025-06-01Z'::timestamptz END, "
    "CASE WHEN is_deleted THEN '2025-07-01Z'::timestamptz END, '2025-07-01Z', "
    "CASE WHEN NOT is_open THEN decode(repeat('ab', 32), 'hex') END, "
    "CASE WHEN NOT is_open THEN 'image/png' END, "
    "CASE WHEN NOT is_open THEN '2025-06-01Z'::timestamptz END "
    "FROM (SELECT n, n > 50000 AND n % 2 = 0 AS is_open, n > 50000 AND n % 2 = 1 AS is_deleted, "
    "('00000000-0000-7000-8000-' || lpad(to_hex(CASE WHEN n % 2 = 0 OR n > 50000 "
    "THEN 1 ELSE 2 + n % 498 END), 12, '0'))::uuid AS whose FROM generate_series(1, 60000) n) "
    "AS numbers";

constexpr std::string_view kFarAhead = "2100-01-01T00:00:00Z";
/// A page of 21 rows and the ways to them.
constexpr long kPageBuffersMax = 60;

class MediaListTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string conninfo = shared_postgres().create_database();
    ASSERT_TRUE(Migrator(conninfo).up().ok());
    name_ = conninfo.substr(conninfo.rfind('=') + 1);
    for (const std::string_view sql :
         {kAccountsSql, kEventsSql, kBlobSql, kMediaSql, std::string_view("VACUUM ANALYZE")}) {
      shared_postgres().query(sql, name_);
    }
  }

  /// What it does, and touches, for one owner or event, from `created_at` backwards.
  static std::string plan_of(const Query& list, std::uint64_t whose, std::string_view created_at,
                             std::string_view before = "") {
    const std::string id = fakes::FakeIdSource::nth(whose).to_string();
    const std::string execute = "EXECUTE list('" + id + "', '" + std::string(created_at) + "', '" +
                                fakes::FakeIdSource::nth(0xffff).to_string() + "', 21)";
    return shared_postgres().query(std::string(before) + "PREPARE list AS " +
                                       std::string(list.sql) +
                                       "; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + execute,
                                   name_);
  }
  static long cost_of(const Query& list, std::uint64_t whose,
                      std::string_view created_at = kFarAhead) {
    const std::string plan = plan_of(list, whose, created_at);
    EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
    return number_at(plan, "\"Shared Hit Blocks\": ") + number_at(plan, "\"Shared Read Blocks\": ");
  }
  /// Of the topmost node, which comes first.
  static long number_at(const std::string& plan, const std::string& key) {
    const std::size_t at = plan.find(key);
    EXPECT_NE(at, std::string::npos) << plan;
    return at == std::string::npos ? -1 : std::stol(plan.substr(at + key.size()));
  }

  inline static std::string name_;
};

TEST_F(MediaListTest, ReadsFewPagesForManyForFewAndForNone) {
  for (const Query* list : {&sql::media::kList, &sql::media::kListOfEvent}) {
    for (const std::uint64_t whose : {1, 7, 9999}) {
      const long cost = cost_of(*list, whose, "2025-01-20T00:00:00Z");
      EXPECT_GT(cost, 0);
      EXPECT_LE(cost, kPageBuffersMax) << list->sql << " of " << whose;
    }
  }
}

TEST_F(MediaListTest, PassesOverWhatIsDeletedByItsIndex) {
  EXPECT_LE(cost_of(sql::media::kList, 1), kPageBuffersMax);
}

/// What the bound is for. The connection ends without a commit.
TEST_F(MediaListTest, WalksTheTableWithoutItsIndex) {
  const std::string plan =
      plan_of(sql::media::kList, 9999, kFarAhead, "BEGIN; DROP INDEX media_owner_created_at; ");
  EXPECT_NE(plan.find("Seq Scan"), std::string::npos) << plan;
  EXPECT_GT(number_at(plan, "\"Shared Hit Blocks\": "), 10 * kPageBuffersMax);
}

}  // namespace
}  // namespace vigie::storage::testing
