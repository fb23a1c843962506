#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "server/storage/idempotency_store.hpp"
#include "server/storage/session_store.hpp"
#include "tests/storage/database_fixture.hpp"

namespace vigie::storage::testing {
namespace {

/// Families of two tokens; one token in twenty has expired by 2026, first ones and second ones.
constexpr std::string_view kFillSql[] = {
    "INSERT INTO accounts VALUES ('00000000-0000-7000-8000-000000000001', 'a@example.org', 'A', "
    "'user', '', '2025-01-01Z')",
    "INSERT INTO refresh_token_families "
    "SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, "
    "'00000000-0000-7000-8000-000000000001', '2025-01-01Z' FROM generate_series(1, 20000) n",
    "INSERT INTO refresh_tokens "
    "SELECT sha256(n::text::bytea), "
    "('01900000-0000-7000-8000-' || lpad(to_hex(1 + n / 2), 12, '0'))::uuid, '2025-01-01Z', "
    "'2025-12-01Z'::timestamptz + n / 40 * interval '1 day', NULL "
    "FROM generate_series(0, 39999) n",
    "INSERT INTO idempotency_keys SELECT 'scope', n::text, sha256(n::text::bytea), 201, '{}', '', "
    "'2025-12-01Z'::timestamptz + n / 40 * interval '1 day' FROM generate_series(1, 40000) n",
    "VACUUM ANALYZE"};

constexpr domain::Timestamp kNow = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
constexpr std::int64_t kExpired = 32 * 40;  // 1 December to 1 January, both included

class CleanUpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = conninfo_.substr(conninfo_.rfind('=') + 1);
    ASSERT_TRUE(Migrator(conninfo_).up().ok());
    for (const std::string_view sql : kFillSql) shared_postgres().query(sql, name);
    DatabaseOptions options{.conninfo = conninfo_};
    options.leased_connections = 1;  // so that the prepared statements are found again
    harness_ = std::make_unique<Harness>(options, 2);
  }

  std::string query(const std::string& sql) {
    const auto rows = harness_->database().exec(within(5s), diagnostic(sql, Lane::kWrite));
    EXPECT_TRUE(rows.ok()) << rows.error().detail;
    std::string text;
    for (int row = 0; rows && row < rows->count(); ++row) text += rows->string(row, 0) + "\n";
    return text;
  }
  /// How the statement that deletes from `table` is run.
  std::string plan_of_deletion(const std::string& table) {
    std::string name =
        query("SELECT name FROM pg_prepared_statements WHERE statement LIKE '%DELETE FROM " +
              table + " WHERE%'");
    name.pop_back();
    return query("EXPLAIN EXECUTE " + name + "('2026-01-01Z', 1000)");
  }

  const std::string conninfo_ = shared_postgres().create_database();
  std::unique_ptr<Harness> harness_;
};

TEST_F(CleanUpTest, FindsWhatHasExpiredByAnIndex) {
  PgSessionStore sessions(harness_->database());
  PgIdempotencyStore idempotency(harness_->database());
  harness_->run([&] {
    const domain::Timestamp before_all = kNow - std::chrono::days{365};
    ASSERT_EQ(*sessions.remove_expired(within(5s), before_all, 1000), 0);
    ASSERT_EQ(*idempotency.remove_expired(within(5s), before_all, 1000), 0);
    for (const std::string table : {"refresh_tokens", "idempotency_keys"}) {
      const std::string plan = plan_of_deletion(table);
      EXPECT_NE(plan.find(table + "_expires_at"), std::string::npos) << plan;
      EXPECT_EQ(plan.find("Seq Scan"), std::string::npos) << plan;
    }
  });
}

TEST_F(CleanUpTest, DeletesExpiredTokensAndEmptyFamiliesWhoeverElseDoes) {
  PgSessionStore sessions(harness_->database());
  std::atomic<std::int64_t> removed{0};
  harness_->run_all(8, [&](std::size_t) {
    for (int portion = 0; portion < 20; ++portion) {
      // An odd portion leaves half of a family.
      const auto count = sessions.remove_expired(within(10s), kNow, 99);
      ASSERT_TRUE(count.ok()) << count.error().detail;
      removed += *count;
    }
  });
  EXPECT_EQ(removed, kExpired);
  harness_->run([&] {
    EXPECT_EQ(query("SELECT count(*)::text FROM refresh_tokens"),
              std::to_string(40'000 - kExpired) + "\n");
    EXPECT_EQ(query("SELECT count(*)::text FROM refresh_token_families"),
              std::to_string(20'000 - kExpired / 2) + "\n");
  });
}

}  // namespace
}  // namespace vigie::storage::testing
