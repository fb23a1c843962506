#include "server/storage/event_list_query.hpp"

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "server/storage/event_rows.hpp"
#include "server/storage/event_store.hpp"
#include "server/storage/transaction.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/storage/database_fixture.hpp"

namespace vigie::storage::testing {
namespace {

using domain::EventQuery;
using domain::EventSort;
using domain::EventStatus;

constexpr int kEvents = 100'000;
constexpr int kOwners = 500;

/// 100,000 events: most published, in the future and in one of 40 categories of unequal size, with
/// none to three of 300 tags, of unequal frequency too.
constexpr std::string_view kAccountsSql =
    "INSERT INTO accounts SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, "
    "'owner' || n || '@example.org', 'Owner ' || n, 'organiser', '', '2025-01-01Z' "
    "FROM generate_series(1, 500) n";
constexpr std::string_view kEventsSql =
    "INSERT INTO events SELECT "
    "('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, "
    "('00000000-0000-7000-8000-' || lpad(to_hex(1 + hash % 500), 12, '0'))::uuid, "
    "CASE WHEN hash % 20 = 0 THEN 'cancelled' WHEN hash % 7 = 0 THEN 'draft' ELSE 'published' END, "
    "'Event ' || n || ' word' || hash % 977, 'Some words about it: term' || hash % 4999 || "
    "repeat(' and so on', 8), "
    "'category' || floor(40 * pow(hash % 1009 / 1009::float8, 2)), "
    "ARRAY(SELECT DISTINCT 'tag' || floor(300 * pow((hash / i) % 997 / 997::float8, 3)) "
    "FROM generate_series(1, hash % 4) i), "
    "NULL, NULL, NULL, NULL, "
    "'2026-01-01Z'::timestamptz + hash % 17520 * interval '1 hour', "
    "'2026-01-01Z'::timestamptz + (2 + hash % 17520) * interval '1 hour', "
    "'Europe/Paris', 100, 0, 'EUR', 1, "
    "'2025-01-01Z'::timestamptz + n * interval '1 minute', "
    "'2025-01-01Z'::timestamptz + n * interval '1 minute' "
    "FROM (SELECT n, (n * 2654435761) % 4294967296 / 8 AS hash FROM generate_series(1, 100000) n) "
    "AS numbers";

/// Indexes are built in bulk after the rows: that takes a quarter of the time.
constexpr std::string_view kDropIndexesSql =
    "DO $$ DECLARE each record; BEGIN CREATE TABLE saved AS SELECT indexname, indexdef "
    "FROM pg_indexes WHERE tablename = 'events' AND indexname <> 'events_pkey'; "
    "FOR each IN SELECT * FROM saved LOOP EXECUTE 'DROP INDEX ' || each.indexname; END LOOP; "
    "END $$";
constexpr std::string_view kRestoreIndexesSql =
    "DO $$ DECLARE each record; BEGIN "
    "FOR each IN SELECT * FROM saved LOOP EXECUTE each.indexdef; END LOOP; END $$";

domain::Timestamp day(int month, int number) {
  return std::chrono::sys_days{std::chrono::year{2026} / month / number};
}

/// One reactor on a database with many events; both are kept for all tests here.
class EventListTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::string conninfo = shared_postgres().create_database();
    ASSERT_TRUE(Migrator(conninfo).up().ok());
    const std::string name = conninfo.substr(conninfo.rfind('=') + 1);
    for (const std::string_view sql : {kAccountsSql, kDropIndexesSql, kEventsSql,
                                       kRestoreIndexesSql, std::string_view("VACUUM ANALYZE")}) {
      shared_postgres().query(sql, name);
    }
    DatabaseOptions options{.conninfo = conninfo};
    options.statement_timeout = 60s;
    harness_ = std::make_unique<Harness>(options);
  }
  static void TearDownTestSuite() { harness_.reset(); }

  static Database& database() { return harness_->database(); }
  static void run(const std::function<void()>& body) { harness_->run(body); }
  static Rows exec(std::string_view sql, const Parameters& parameters = {},
                   domain::UnitOfWork* unit = nullptr) {
    domain::Context context = within(30s);
    context.unit_of_work = unit;
    Query query = diagnostic(sql, Lane::kWrite);
    query.is_by_index = true;  // as the lists are read
    auto rows = database().exec(context, query, parameters);
    EXPECT_TRUE(rows.ok()) << rows.error().detail << "\n" << sql;
    return rows ? *std::move(rows) : Rows();
  }
  static std::string lines_of(const Rows& rows) {
    std::string text;
    for (int row = 0; row < rows.count(); ++row) text += rows.string(row, 0) + "\n";
    return text;
  }
  static domain::AccountId owner(std::uint64_t number) {
    return {fakes::FakeIdSource::nth(number)};
  }

  inline static std::unique_ptr<Harness> harness_;
};

/// Values that few events have, and values that many have: they are planned differently.
struct Values {
  EventStatus status;
  std::string category;
  std::string tag;
  std::string search;
};
const Values kRare{EventStatus::kCancelled, "category30", "tag250", "word123"};
const Values kCommon{EventStatus::kPublished, "category0", "tag0", "some"};

/// Every combination of the documented filters, sorts and positions, for each kind of viewer.
std::vector<EventQuery> all_queries(const Values& values) {
  std::vector<EventQuery> queries;
  const domain::Principal anonymous;
  const domain::Principal organiser{domain::AccountId{fakes::FakeIdSource::nth(7)},
                                    domain::Role::kOrganiser};
  const domain::Principal administrator{domain::AccountId{fakes::FakeIdSource::nth(8)},
                                        domain::Role::kAdministrator};
  for (unsigned bits = 0; bits < 1024; ++bits) {
    const auto has = [&](unsigned bit) { return (bits >> bit & 1U) != 0; };
    EventQuery query;
    if (has(0)) query.owner = domain::AccountId{fakes::FakeIdSource::nth(42)};
    if (has(1)) query.category = values.category;
    if (has(2)) query.tags = {values.tag};
    if (has(3)) query.starts_after = day(6, 1);
    if (has(4)) query.starts_before = day(9, 1);
    if (has(5)) query.search = values.search;
    if (has(6)) query.after = {day(7, 1), {fakes::FakeIdSource::nth(1)}};
    query.sort = static_cast<EventSort>(bits >> 7 & 3U);
    if (query.after && query.sort >= EventSort::kCreatedAt) query.after->key = day(1, 20);
    if (has(9)) query.status = values.status;
    for (const auto& viewer : {anonymous, organiser, administrator}) {
      query.viewer = viewer;
      queries.push_back(query);
    }
  }
  return queries;
}

/// The distinct statements that these amount to.
std::map<unsigned, EventQuery> all_shapes(const Values& values = kCommon) {
  std::map<unsigned, EventQuery> shapes;
  for (const EventQuery& query : all_queries(values)) {
    const auto visible = visible_part(query);
    if (visible) shapes.emplace(list_shape(*visible), *visible);
  }
  return shapes;
}

TEST_F(EventListTest, ReadsNoListSequentially) {
  ListQueries queries;
  run([&] {
    for (const Values& values : {kRare, kCommon}) {
      for (const auto& [shape, query] : all_shapes(values)) {
        const std::string explain = "EXPLAIN " + std::string(queries.query(query).sql);
        const std::string plan = lines_of(exec(explain, list_parameters(query)));
        ASSERT_EQ(plan.find("Seq Scan"), std::string::npos) << explain << "\n" << plan;
        ASSERT_NE(plan.find("Index"), std::string::npos) << explain << "\n" << plan;
      }
    }
  });
}

/// The server may come to plan prepared statements once for all values.
TEST_F(EventListTest, ReadsNoPreparedListSequentiallyWhateverItsValues) {
  ListQueries queries;
  run([&] {
    auto begun = database().begin(within(60s), diagnostic("", Lane::kWrite));
    ASSERT_TRUE(begun.ok()) << begun.error().detail;
    domain::UnitOfWork* const unit = begun->transaction.get();
    exec("SET LOCAL plan_cache_mode = force_generic_plan", {}, unit);
    int prepared = 0;
    for (const auto& [shape, query] : all_shapes()) {
      const Query& statement = queries.query(query);
      if (statement.statement == 0) continue;
      const std::size_t values = list_parameters(query).size();
      std::string execute = "EXPLAIN EXECUTE list(NULL";
      for (std::size_t i = 1; i < values; ++i) execute += ", NULL";
      exec("PREPARE list AS " + std::string(statement.sql), {}, unit);
      const std::string plan = lines_of(exec(execute + ")", {}, unit));
      exec("DEALLOCATE list", {}, unit);
      ASSERT_EQ(plan.find("Seq Scan"), std::string::npos) << statement.sql << "\n" << plan;
      ++prepared;
    }
    EXPECT_GT(prepared, 100);
  });
}

TEST_F(EventListTest, LeavesListsThatMayBeSlowToTheSlowLane) {
  ListQueries queries;
  EventQuery query;
  query.viewer = {};
  EXPECT_EQ(queries.query(query).lane, Lane::kShared);
  query.starts_after = day(1, 1);
  EXPECT_EQ(queries.query(query).lane, Lane::kShared);
  query.sort = EventSort::kCreatedAtDescending;
  EXPECT_EQ(queries.query(query).lane, Lane::kSlow);
  query = {.tags = {"a"}};
  EXPECT_EQ(queries.query(query).lane, Lane::kSlow);
  query = {.search = "a"};
  EXPECT_EQ(queries.query(query).lane, Lane::kSlow);
  EXPECT_EQ(queries.query(query).name, kSearchName);
}

/// Pages of the database's cache that the statement touches.
long buffers_of(const std::string& plan) {
  long buffers = 0;
  const std::size_t line = plan.find("Buffers:");  // the topmost node's: of the whole
  if (line == std::string::npos) return -1;
  const std::string text = plan.substr(line, plan.find('\n', line) - line);
  for (const std::string_view kind : {"hit=", "read="}) {
    const std::size_t at = text.find(kind);
    if (at != std::string::npos) buffers += std::stol(text.substr(at + kind.size()));
  }
  return buffers;
}

domain::EventPosition position_in(const Rows& rows, int row, EventSort sort) {
  const domain::Event event = *read_event(rows, row);
  const bool is_by_start = sort == EventSort::kStartsAt || sort == EventSort::kStartsAtDescending;
  return {is_by_start ? event.content.starts_at : event.created_at, event.id};
}

TEST_F(EventListTest, ReadsTheThousandthPageAtThePriceOfTheFirst) {
  ListQueries queries;
  const std::array<EventQuery, 5> lists{
      EventQuery{}, EventQuery{.sort = EventSort::kCreatedAtDescending},
      EventQuery{.status = EventStatus::kPublished, .sort = EventSort::kStartsAtDescending},
      EventQuery{.starts_after = day(2, 1), .starts_before = day(12, 1)},
      EventQuery{.status = EventStatus::kPublished, .sort = EventSort::kCreatedAt}};
  run([&] {
    for (const EventQuery& list : lists) {
      EventQuery query = *visible_part(list);
      const auto cost = [&] {
        const std::string explain =
            "EXPLAIN (ANALYZE, BUFFERS) " + std::string(queries.query(query).sql);
        return buffers_of(lines_of(exec(explain, list_parameters(query))));
      };
      const long first = cost();
      // Page by page, each of the largest size: the last row of page 1,000 but one is row 19,980.
      query.limit = EventQuery::kLimitMax;
      for (int row = 0; row < 19'980; row += query.limit) {
        const Rows page = exec(queries.query(query).sql, list_parameters(query));
        ASSERT_EQ(page.count(), query.limit + 1);
        query.after = position_in(page, query.limit - 1, query.sort);
      }
      query.limit = EventQuery::kLimitDefault;
      const long thousandth = cost();
      EXPECT_GT(first, 0);
      EXPECT_LE(thousandth, 2 * first + 10) << "first page: " << first << "\n"
                                            << queries.query(query).sql;
    }
  });
}

/// Pages that reading the list touches.
long cost_of(ListQueries& queries, const std::function<Rows(std::string_view, Parameters)>& ask,
             const EventQuery& query) {
  const std::string explain = "EXPLAIN (ANALYZE, BUFFERS) " + std::string(queries.query(query).sql);
  const Rows rows = ask(explain, list_parameters(query));
  std::string plan;
  for (int row = 0; row < rows.count(); ++row) plan += rows.string(row, 0) + "\n";
  return buffers_of(plan);
}

/// Of the filters that may keep few rows: those that nothing meets, one row meets, and many meet.
std::vector<EventQuery> sparse_queries() {
  std::vector<EventQuery> queries;
  for (const std::string_view word :
       {"", "nowhere", "term4998", "word123", "some", "zzz or some"}) {
    for (const std::string_view tag : {"", "nobody", "tag299", "tag0"}) {
      for (unsigned bits = 0; bits < 16; ++bits) {
        const auto has = [&](unsigned bit) { return (bits >> bit & 1U) != 0; };
        EventQuery query;
        if (!word.empty()) query.search = word;
        if (!tag.empty()) query.tags = {std::string(tag)};
        if (has(0)) query.category = "category0";
        if (has(1)) query.status = EventStatus::kCancelled;
        if (has(2)) query.starts_after = day(6, 1);
        query.sort = has(3) ? EventSort::kCreatedAtDescending : EventSort::kStartsAt;
        queries.push_back(*visible_part(query));
      }
    }
  }
  return queries;
}

/// A walk of 2,000 rows and the look for one more, then at most 5,001 rows by other indexes.
constexpr long kStagedBuffersMax = 2'200 + 5'600;

TEST_F(EventListTest, ReadsFewPagesForWhatIsRareOrAbsent) {
  ListQueries queries;
  run([&] {
    const auto ask = [&](std::string_view sql, const Parameters& values) {
      return exec(sql, values);
    };
    for (const EventQuery& query : sparse_queries()) {
      const long cost = cost_of(queries, ask, query);
      EXPECT_GT(cost, 0);
      EXPECT_LE(cost, kStagedBuffersMax)
          << "q=" << query.search.value_or("") << " tags=" << query.tags.size() << "\n"
          << queries.query(query).sql;
    }
  });
}

/// What the bound is for.
TEST_F(EventListTest, AWalkInOrderReadsTheWholeTableForAnAbsentWord) {
  run([&] {
    auto begun = database().begin(within(60s), diagnostic("", Lane::kWrite));
    ASSERT_TRUE(begun.ok()) << begun.error().detail;
    domain::UnitOfWork* const unit = begun->transaction.get();
    for (const std::string_view other : {"bitmapscan", "seqscan", "sort"}) {
      exec("SET LOCAL enable_" + std::string(other) + " = off", {}, unit);
    }
    const Rows rows = exec(
        "EXPLAIN (ANALYZE, BUFFERS) SELECT id FROM events WHERE search @@ "
        "websearch_to_tsquery('simple', 'nowhere') ORDER BY starts_at, id LIMIT 21",
        {}, unit);
    EXPECT_GT(buffers_of(lines_of(rows)), 10 * kStagedBuffersMax) << lines_of(rows);
  });
}

/// Each stage of the statement, and the border between them: what it answers is what a statement
/// without stages answers.
TEST_F(EventListTest, AnswersTheSameInStagesAsInOneWalk) {
  ListQueries queries;
  run([&] {
    for (EventQuery query : sparse_queries()) {
      query.limit = 50;
      std::string plain = "SELECT id FROM events WHERE status <> 'draft'";
      if (query.search) {
        plain += " AND search @@ websearch_to_tsquery('simple', '" + *query.search + "')";
      }
      if (!query.tags.empty()) plain += " AND tags @> ARRAY['" + query.tags.front() + "']";
      if (query.category) plain += " AND category = '" + *query.category + "'";
      if (query.status) plain += " AND status = 'cancelled'";
      if (query.starts_after) plain += " AND starts_at >= '2026-06-01Z'";
      plain += query.sort == EventSort::kStartsAt ? " ORDER BY starts_at, id"
                                                  : " ORDER BY created_at DESC, id DESC";
      const std::string wanted = lines_of(exec(plain + " LIMIT 51"));
      const std::string ids =
          "SELECT id FROM (" + std::string(queries.query(query).sql) + ") AS page";
      EXPECT_EQ(lines_of(exec(ids, list_parameters(query))), wanted) << plain;
    }
  });
}

TEST_F(EventListTest, ReadsAnOwnersFirstPageFromOneIndex) {
  ListQueries queries;
  run([&] {
    const EventQuery query{.owner = owner(42)};
    const std::string explain =
        "EXPLAIN (ANALYZE, BUFFERS) " + std::string(queries.query(query).sql);
    const std::string plan = lines_of(exec(explain, list_parameters(query)));
    EXPECT_NE(plan.find("Index Scan using events_owner_starts_at"), std::string::npos) << plan;
    EXPECT_EQ(plan.find("Sort"), std::string::npos) << plan;
    // 21 rows, those drafts that are passed over, and the way down the index.
    EXPECT_LE(buffers_of(plan), 45) << plan;
  });
}

}  // namespace
}  // namespace vigie::storage::testing
