#include "server/storage/database.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>

#include "server/storage/parameters.hpp"
#include "server/storage/transaction.hpp"
#include "server/storage/units_of_work.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/trace.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/storage/database_fixture.hpp"
#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {
namespace {

constexpr Query kOne = diagnostic("SELECT 1::bigint");

TEST_F(DatabaseTest, ReadsBackEveryTypeItSends) {
  Harness harness(options());
  harness.run([&] {
    const std::vector<std::string> texts{"a", "", "é{},\"", "NULL"};
    const std::vector<std::string> no_texts;
    const domain::Uuid id = fakes::FakeIdSource::nth(77);
    const domain::Timestamp before_2000{std::chrono::microseconds(-1)};
    Parameters parameters;
    parameters.uuid(id).text("é").texts(texts).texts(no_texts).bytes(std::string("\0\xff", 2));
    parameters.integer(-9'007'199'254'740'993).small_integer(-5).real(-0.1).timestamp(before_2000);
    parameters.null_text().null_real();
    const auto rows = harness.database().exec(
        within(5s),
        diagnostic("SELECT $1::uuid, $2::text, $3::text[], $4::text[], $5::bytea, $6::bigint, "
                   "$7::integer, $8::float8, $9::timestamptz, $10::text, $11::float8, true, false"),
        parameters);
    ASSERT_TRUE(rows.ok()) << rows.error().detail;
    EXPECT_EQ(rows->uuid(0, 0), id);
    EXPECT_EQ(rows->text(0, 1), "é");
    EXPECT_EQ(rows->texts(0, 2), texts);
    EXPECT_EQ(rows->texts(0, 3), no_texts);
    EXPECT_EQ(rows->text(0, 4), std::string_view("\0\xff", 2));
    EXPECT_EQ(rows->integer(0, 5), -9'007'199'254'740'993);
    EXPECT_EQ(rows->integer(0, 6), -5);
    EXPECT_EQ(rows->real(0, 7), -0.1);
    EXPECT_EQ(rows->timestamp(0, 8), before_2000);
    EXPECT_TRUE(rows->is_null(0, 9));
    EXPECT_TRUE(rows->is_null(0, 10));
    EXPECT_TRUE(rows->boolean(0, 11));
    EXPECT_FALSE(rows->boolean(0, 12));
  });
}

TEST_F(DatabaseTest, LeavesTheErrorOfAQueryToThatQuery) {
  Harness harness(options(), 2);
  std::atomic<int> right{0};
  harness.run_all(60, [&](std::size_t i) {
    const bool must_fail = i % 3 == 0;
    const auto rows =
        harness.database().exec(within(5s), diagnostic("SELECT 10 / $1"),
                                Parameters().integer(must_fail ? 0 : static_cast<std::int64_t>(i)));
    const bool is_right = must_fail ? code_of(rows) == "internal"
                                    : rows.ok() && rows->integer(0, 0) == 10 / static_cast<int>(i);
    right += is_right ? 1 : 0;
  });
  EXPECT_EQ(right, 60);
}

TEST_F(DatabaseTest, PreparesAStatementOncePerConnection) {
  Harness harness(options());
  const Query prepared{.sql = "SELECT $1 + count(*) FROM pg_prepared_statements WHERE name = 's77'",
                       .operation = "SELECT",
                       .is_read = true,
                       .statement = 77};
  harness.run_all(20, [&](std::size_t i) {
    const auto rows =
        harness.database().exec(within(5s), prepared, Parameters().integer(static_cast<int>(i)));
    ASSERT_TRUE(rows.ok()) << rows.error().detail;
    EXPECT_EQ(rows->integer(0, 0), static_cast<int>(i) + 1);
  });
}

TEST_F(DatabaseTest, PreparesNoMoreStatementsThanAllowed) {
  DatabaseOptions few = options();
  few.prepared_statements_max = 2;
  Harness harness(few);
  harness.run([&] {
    for (StatementId id = 1; id <= 5; ++id) {
      const Query query{.sql = "SELECT count(*) FROM pg_prepared_statements",
                        .operation = "SELECT",
                        .is_read = true,
                        .statement = id};
      const auto rows = harness.database().exec(within(5s), query);
      ASSERT_TRUE(rows.ok()) << rows.error().detail;
      EXPECT_EQ(rows->integer(0, 0), std::min<int>(id, 2));
    }
  });
}

TEST_F(DatabaseTest, PreparesAgainWhatCouldNotBePreparedAtFirst) {
  Harness harness(options());
  harness.run([&] {
    const Query prepared{.sql = "SELECT id FROM not_yet_there",
                         .operation = "SELECT",
                         .is_read = true,
                         .statement = 78};
    EXPECT_EQ(code_of(harness.database().exec(within(5s), prepared)), "internal");
    (void)harness.database().exec(within(5s), diagnostic("CREATE TABLE not_yet_there (id int)"));
    EXPECT_EQ(code_of(harness.database().exec(within(5s), prepared)), "success");
    (void)harness.database().exec(within(5s), diagnostic("DROP TABLE not_yet_there"));
  });
}

TEST_F(DatabaseTest, EndsASharedStatementAtItsCap) {
  DatabaseOptions capped = options();
  capped.shared_statement_timeout = 50ms;
  Harness harness(capped);
  harness.run([&] {
    const auto rows = harness.database().exec(within(5s), diagnostic("SELECT pg_sleep(30)"));
    EXPECT_EQ(code_of(rows), "deadline_exceeded");
    EXPECT_EQ(code_of(harness.database().exec(within(5s), kOne)), "success");
  });
}

TEST_F(DatabaseTest, GivesTheServerTheRequestsDeadline) {
  Harness harness(options());
  harness.run([&] {
    const auto rows = harness.database().exec(
        within(700ms),
        diagnostic("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')",
                   Lane::kWrite));
    ASSERT_TRUE(rows.ok());
    const int timeout_ms = std::stoi(rows->string(0, 0));
    EXPECT_GT(timeout_ms, 0);
    EXPECT_LE(timeout_ms, 700);
    EXPECT_EQ(rows->text(0, 0), rows->text(0, 1));
    // And takes it back afterwards.
    const auto later = harness.database().exec(
        within(60s), diagnostic("SELECT current_setting('statement_timeout')", Lane::kWrite));
    EXPECT_EQ(later->text(0, 0), "5s");
  });
}

TEST_F(DatabaseTest, RefusesWhenTooManyWaitForAConnection) {
  DatabaseOptions narrow = options();
  narrow.leased_connections = 1;
  narrow.lease_waiters_max = 2;
  narrow.lease_wait_max = 100ms;
  Harness harness(narrow);
  std::atomic<int> succeeded{0};
  std::atomic<int> overloaded{0};
  harness.run([&] { (void)harness.database().exec(within(5s), diagnostic("", Lane::kWrite)); });
  harness.run_all(5, [&](std::size_t) {
    const auto rows = harness.database().exec(
        within(5s), diagnostic("SELECT pg_sleep(0.4)", Lane::kWrite, false));
    succeeded += rows.ok() ? 1 : 0;
    overloaded += code_of(rows) == "overloaded" ? 1 : 0;
  });
  EXPECT_EQ(succeeded, 1);
  EXPECT_EQ(overloaded, 4);  // two at once, two when they had waited long enough
  auto& telemetry = harness.telemetry();
  const std::string pool = "{db_client_connection_pool_name=\"leased\"}";
  EXPECT_EQ(telemetry.metric("db_client_connection_timeouts_total" + pool), "2");
  EXPECT_EQ(telemetry.metric("db_client_connection_pending_requests" + pool), "0");
}

TEST_F(DatabaseTest, RefusesWhenTooManyAreInFlight) {
  DatabaseOptions narrow = options();
  narrow.shared_in_flight_max = 3;
  Harness harness(narrow);
  harness.run([&] { EXPECT_EQ(code_of(harness.database().exec(within(5s), kOne)), "success"); });
  std::atomic<int> overloaded{0};
  harness.run_all(5, [&](std::size_t) {
    const auto rows = harness.database().exec(within(5s), diagnostic("SELECT pg_sleep(0.1)"));
    overloaded += code_of(rows) == "overloaded" ? 1 : 0;
  });
  EXPECT_EQ(overloaded, 2);
}

TEST_F(DatabaseTest, PlansSharedReadsOnce) {
  Harness harness(options());
  harness.run([&] {
    const auto mode = harness.database().exec(
        within(5s), diagnostic("SELECT current_setting('plan_cache_mode')"));
    ASSERT_TRUE(mode.ok());
    EXPECT_EQ(mode->text(0, 0), "force_generic_plan");
  });
}

/// The order of the composition root is its own business.
TEST_F(DatabaseTest, ClosesAfterItsReactorsHaveStopped) {
  Harness harness(options(), 2);
  harness.run([&] { EXPECT_EQ(code_of(harness.database().exec(within(5s), kOne)), "success"); });
  harness.runtime().stop();
}

TEST_F(DatabaseTest, GivesUpWaitingForAConnectionAtTheDeadline) {
  DatabaseOptions narrow = options();
  narrow.leased_connections = 1;
  Harness harness(narrow);
  harness.run([&] { (void)harness.database().exec(within(5s), diagnostic("", Lane::kWrite)); });
  harness.run_all(2, [&](std::size_t i) {
    const auto rows =
        harness.database().exec(i == 0 ? within(5s) : within(50ms),
                                diagnostic("SELECT pg_sleep(0.3)", Lane::kWrite, false));
    EXPECT_EQ(code_of(rows), i == 0 ? "success" : "deadline_exceeded");
  });
}

TEST_F(DatabaseTest, KeepsConnectionsFreeOfSlowReads) {
  DatabaseOptions narrow = options();
  narrow.leased_connections = 2;
  narrow.slow_connections = 1;
  Harness harness(narrow);
  std::atomic<int> slow_done{0};
  harness.run_all(4, [&](std::size_t i) {
    const bool is_slow = i < 3;
    const auto rows = harness.database().exec(
        within(10s), is_slow ? diagnostic("SELECT pg_sleep(0.5)", Lane::kSlow)
                             : diagnostic("SELECT 1", Lane::kWrite));
    EXPECT_EQ(code_of(rows), "success");
    slow_done += is_slow ? 1 : 0;
    EXPECT_TRUE(is_slow || slow_done == 0) << "it has waited for a slow one";
  });
}

TEST_F(DatabaseTest, RecordsSpanAndDurationOfEveryQuery) {
  Harness harness(options());
  harness.run([&] {
    auto& telemetry = harness.telemetry();
    telemetry::Trace trace(telemetry.tracer, std::nullopt);
    domain::Context context = within(5s);
    context.trace = &trace;
    {
      telemetry::Span root(&trace, telemetry::spans::kHttpServer);
      PgAccountStore accounts(harness.database());
      EXPECT_TRUE(accounts.find(context, {fakes::FakeIdSource::nth(0x6000'0000)}).ok());
      (void)harness.database().exec(context, diagnostic("SELECT 1 / 0", Lane::kWrite));
    }
    trace.finish();
  });
  auto& telemetry = harness.telemetry();
  const fakes::CapturedSpan find = telemetry.traces.span("accounts.find");
  EXPECT_EQ(find.attributes.at("db.system.name"), "postgresql");
  EXPECT_EQ(find.attributes.at("db.operation.name"), "SELECT");
  EXPECT_EQ(find.attributes.at("db.response.returned_rows"), "0");
  EXPECT_FALSE(find.is_error);
  const fakes::CapturedSpan failed = telemetry.traces.span("diagnostic");
  EXPECT_TRUE(failed.is_error);
  EXPECT_EQ(failed.attributes.at("db.response.status_code"), "22012");
  EXPECT_EQ(failed.attributes.at("error.type"), "internal");
  EXPECT_EQ(telemetry.traces.span("db.connection.wait").parent_span_id, failed.span_id);

  const auto count = [&](const std::string& query, const std::string& error) {
    return telemetry.metric("db_client_operation_duration_seconds_count{db_query_summary=\"" +
                            query + "\",db_system_name=\"postgresql\",error_type=\"" + error +
                            "\"}");
  };
  EXPECT_EQ(count("accounts.find", ""), "1");
  EXPECT_EQ(count("events.list", "unavailable"), "0");
  bool is_logged = false;
  for (const std::string& line : telemetry.log_lines()) {
    is_logged |= line.find("db.query_failed") != std::string::npos &&
                 line.find("division by zero") != std::string::npos;
  }
  EXPECT_TRUE(is_logged);
}

TEST_F(DatabaseTest, CountsItsConnections) {
  Harness harness(options());
  auto& telemetry = harness.telemetry();
  const auto count = [&](const std::string& pool, const std::string& state) {
    return telemetry.metric("db_client_connections{db_client_connection_pool_name=\"" + pool +
                            "\",db_client_connection_state=\"" + state + "\"}");
  };
  EXPECT_TRUE(eventually([&] { return count("leased", "idle") == "4"; }));
  EXPECT_TRUE(eventually([&] { return count("shared", "idle") == "1"; }));
  harness.run([&] {
    auto begun = harness.database().begin(within(5s), diagnostic("", Lane::kWrite));
    ASSERT_TRUE(begun.ok());
    EXPECT_EQ(count("leased", "used"), "1");
    EXPECT_EQ(count("leased", "idle"), "3");
  });
  EXPECT_TRUE(eventually([&] { return count("leased", "idle") == "4"; }));
  EXPECT_EQ(telemetry.metric("vigie_db_up"), "1");
  EXPECT_EQ(telemetry.metric("db_client_connection_max{db_client_connection_pool_name=\"leased\"}"),
            "4");
}

TEST_F(DatabaseTest, RefusesAUnitOfWorkThatIsNotItsOwn) {
  Harness harness(options());
  Harness other(options());
  harness.run([&] {
    fakes::FakeUnitOfWork foreign;
    domain::Context context = within(5s);
    context.unit_of_work = &foreign;
    PgAccountStore accounts(harness.database());
    const domain::AccountId id{fakes::FakeIdSource::nth(0x6000'0016)};
    const auto inserted = accounts.insert(context, {.id = id, .email = "foreign@example.org"});
    EXPECT_EQ(code_of(inserted), "internal");
    const auto found = accounts.find(within(5s), id);
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(found->has_value()) << "it ran outside the unit of work";
  });
  other.run([&] {
    auto begun = other.database().begin(within(5s), diagnostic("", Lane::kWrite));
    ASSERT_TRUE(begun.ok());
    domain::Context context = within(5s);
    context.unit_of_work = begun->transaction.get();
    EXPECT_EQ(code_of(harness.database().exec(context, diagnostic("SELECT 1"))), "internal");
  });
}

}  // namespace
}  // namespace vigie::storage::testing
