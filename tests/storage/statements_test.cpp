#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "server/storage/event_list_query.hpp"
#include "server/storage/query_metrics.hpp"
#include "server/storage/sql/table.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/storage/database_fixture.hpp"

namespace vigie::storage::testing {
namespace {

/// SQL's PREPARE takes no others.
bool is_control(const Query& query) {
  constexpr auto kControls =
      std::to_array<std::string_view>({"BEGIN", "COMMIT", "LISTEN", "ROLLBACK", "SAVEPOINT"});
  return std::ranges::find(kControls, query.operation) != kControls.end();
}

/// What PostgreSQL, with the schema of today, has against it; empty when nothing.
std::string refusal_of(const Query& query) {
  const std::string& conninfo = migrated_database();
  try {
    shared_postgres().query("PREPARE it AS " + std::string(query.sql),
                            conninfo.substr(conninfo.rfind('=') + 1));
    return {};
  } catch (const std::runtime_error& refusal) {
    return std::string(query.name) + ": " + refusal.what();
  }
}

TEST(Statements, ArePreparedByPostgreSQL) {
  int prepared = 0;
  for (const Query* query : sql::kQueries) {
    if (is_control(*query)) continue;
    EXPECT_EQ(refusal_of(*query), "");
    ++prepared;
  }
  EXPECT_GT(prepared, 80);
}

TEST(Statements, AreRefusedWhenTheyAreBad) {
  Query bad = sql::events::kFind;
  bad.sql = "SELECT id, no_such_column FROM events WHERE id = $1";
  EXPECT_NE(refusal_of(bad).find("no_such_column"), std::string::npos) << refusal_of(bad);
}

TEST(Statements, HaveOneIdEach) {
  std::set<StatementId> ids;
  for (const Query* query : sql::kQueries) {
    if (query->statement == 0) continue;
    EXPECT_TRUE(ids.insert(query->statement).second) << query->name;
    EXPECT_LT(query->statement, kFirstListStatement) << query->name;
  }
}

std::string lines_of(const std::set<std::string>& names) {
  std::string lines;
  for (const std::string& name : names) lines += name + "\n";
  return lines;
}

std::set<std::string> all_names() {
  std::set<std::string> names{std::string(kListName), std::string(kSearchName),
                              std::string(kDiagnostic)};
  for (const Query* query : sql::kQueries) names.emplace(query->name);
  return names;
}

/// The values of db_query_summary that are there before anything was asked.
std::set<std::string> names_from_the_start() {
  fakes::CapturedTelemetry telemetry;
  const QueryMetrics metrics(telemetry.metrics);
  std::set<std::string> names;
  std::istringstream text(telemetry::exposition(telemetry.metrics, telemetry::Format::kClassic));
  constexpr std::string_view kLabel = "db_query_summary=\"";
  for (std::string line; std::getline(text, line);) {
    const std::size_t at = line.find(kLabel);
    if (at == std::string::npos) continue;
    const std::size_t begin = at + kLabel.size();
    names.insert(line.substr(begin, line.find('"', begin) - begin));
  }
  return names;
}

/// Dashboards, alerts and runbooks of others may name them: a changed one is a changed interface.
TEST(QueryNames, AreThoseOfTheGoldenFile) {
  const std::string golden = VIGIE_SOURCE_DIR "/tests/storage/query_names.golden.txt";
  const std::string is = lines_of(all_names());
  if (std::getenv("VIGIE_RENEW_GOLDEN") != nullptr) std::ofstream(golden) << is;
  std::ostringstream wanted;
  wanted << std::ifstream(golden).rdbuf();
  EXPECT_EQ(is, wanted.str()) << "VIGIE_RENEW_GOLDEN=1 build/dev/tests/storage/storage_test "
                                 "--gtest_filter='QueryNames.*' renews it";
}

TEST(QueryNames, HaveTheirSeriesFromTheStartUnlessThePoolsAreNeverAskedThem) {
  std::set<std::string> names = all_names();
  for (const auto* aside : {"diagnostic", "health.cancel", "health.probe", "transaction.savepoint",
                            "transaction.set_timeouts"}) {
    EXPECT_EQ(names.erase(aside), 1U) << aside;
  }
  EXPECT_EQ(lines_of(names_from_the_start()), lines_of(names));
}

}  // namespace
}  // namespace vigie::storage::testing
