#include <gtest/gtest.h>

#include <regex>
#include <string>

#include "server/storage/sql/jobs.hpp"
#include "tests/storage/database_fixture.hpp"

namespace vigie::storage::testing {
namespace {

/// The table of jobs in a database of its own, so that its statistics are this test's.
class JobClaimPlanTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Migrator(conninfo_).up().ok()); }

  std::string query(const std::string& sql) const {
    return shared_postgres().query(sql, conninfo_.substr(conninfo_.rfind('=') + 1));
  }
  void fill(int count, const std::string& state, const std::string& run_at) const {
    query(
        "INSERT INTO jobs (id, kind, lane, priority, state, payload, payload_version, run_at, "
        "attempts_max, lease_seconds, correlation_id, traceparent, enqueued_at) "
        "SELECT gen_random_uuid(), 'test', 'high', 0, '" +
        state + "', '{}', 1, " + run_at + ", 10, 30, '', '', now() FROM generate_series(1, " +
        std::to_string(count) + ")");
  }
  /// The database's pages that a claim of 32 jobs reads.
  int pages_of_claim() const {
    const std::string plan = query(
        "PREPARE claim (text, text[], bigint, text, bigint) AS " +
        std::string(sql::jobs::kClaim.sql) +
        "; EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE claim ('high', '{test}', 32, 'w', 16)");
    std::smatch pages;
    EXPECT_TRUE(std::regex_search(plan, pages, std::regex(R"("Shared Hit Blocks": (\d+))")))
        << plan;
    return pages.empty() ? 0 : std::stoi(pages[1]);
  }

  const std::string conninfo_ = shared_postgres().create_database();
};

// 32 jobs are chosen among 288, found by id, locked and written: some 1,300 pages.
constexpr int kPagesMax = 2'500;

TEST_F(JobClaimPlanTest, ReadsWhatItTakesWhereAllAreReady) {
  fill(10'000, "ready", "now()");
  query("VACUUM ANALYZE jobs");
  EXPECT_LT(pages_of_claim(), kPagesMax);
}

// An empty table keeps the statistics of what it had before.
TEST_F(JobClaimPlanTest, ReadsWhatItTakesWhereStatisticsKnowOfNoReadyJob) {
  fill(10'000, "scheduled", "now() + interval '1 day'");
  query("VACUUM ANALYZE jobs");
  query("TRUNCATE jobs");
  query("VACUUM ANALYZE jobs");
  fill(10'000, "ready", "now()");
  EXPECT_LT(pages_of_claim(), kPagesMax);
}

}  // namespace
}  // namespace vigie::storage::testing
