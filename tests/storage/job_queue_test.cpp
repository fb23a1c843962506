#include "server/storage/job_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <optional>
#include <set>

#include "server/storage/job_listener.hpp"
#include "server/storage/units_of_work.hpp"
#include "telemetry/trace.hpp"
#include "tests/storage/random_ids.hpp"
#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {
namespace {

class JobQueueTest : public DatabaseTest {
 protected:
  /// Every connection of its own: as many insert at once as ask.
  static DatabaseOptions wide() {
    DatabaseOptions wide = options();
    wide.leased_connections = 25;
    return wide;
  }
  domain::JobId enqueued(const domain::Context& context, const domain::NewJob& job) {
    std::optional<domain::JobId> id;
    harness_.run([&] {
      const auto result = queue_.enqueue(context, job);
      VIGIE_EXPECT_OK(result);
      if (result) id = *result;
    });
    return id.value_or(domain::JobId{});
  }
  std::string row_of(domain::JobId id) {
    return query(
        "SELECT concat_ws('|', kind, lane, priority, state, payload, payload_version, "
        "unique_key, attempt, attempts_max, lease_seconds, correlation_id, traceparent) "
        "FROM jobs WHERE id = '" +
        id.to_string() + "'");
  }

  Harness harness_{wide(), 2};
  RandomIds ids_;
  PgJobQueue queue_{harness_.database(), ids_, harness_.telemetry().metrics};
};

TEST_F(JobQueueTest, StoresWhatWasAskedForAndWhoseItIs) {
  domain::Context context = within(5s);
  context.correlation_id = "cause-1";
  const auto id = enqueued(context, {.kind = "test.stored",
                                     .lane = domain::JobLane::kExternal,
                                     .priority = -3,
                                     .payload = R"({"a":"é"})",
                                     .payload_version = 2,
                                     .attempts_max = 4,
                                     .lease = 45s});
  EXPECT_EQ(row_of(id), R"(test.stored|external|-3|ready|{"a":"é"}|2|0|4|45|cause-1|)");
}

TEST_F(JobQueueTest, KeepsTheTraceOfTheCause) {
  std::string traceparent;
  domain::JobId id;
  {
    telemetry::Trace trace(harness_.telemetry().tracer, std::nullopt);
    domain::Context context = within(5s);
    context.trace = &trace;
    id = enqueued(context, {.kind = "test.trace", .payload = "{}"});
    traceparent = trace.trace_id().to_hex();
  }
  EXPECT_NE(row_of(id).find("|00-" + traceparent + "-"), std::string::npos) << row_of(id);
}

TEST_F(JobQueueTest, LetsAJobOfTheFutureWait) {
  const auto later =
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()) +
      1h;
  const auto id = enqueued(within(5s), {.kind = "test.later", .payload = "{}", .run_at = later});
  EXPECT_NE(row_of(id).find("|scheduled|"), std::string::npos);
  const auto past =
      enqueued(within(5s), {.kind = "test.past", .payload = "{}", .run_at = later - 2h});
  EXPECT_NE(row_of(past).find("|ready|"), std::string::npos);
}

TEST_F(JobQueueTest, TellsWhoListensOnceItIsCommitted) {
  std::atomic<int> heard{0};
  const JobListener listener(harness_.runtime().loop(0), options(),
                             [&](std::optional<domain::JobLane> lane) {
                               if (!lane || lane == domain::JobLane::kExternal) ++heard;
                             });
  ASSERT_TRUE(eventually([&] { return heard == 1; }));  // it listens
  const domain::NewJob job{
      .kind = "test.told", .lane = domain::JobLane::kExternal, .payload = "{}"};
  PgUnitsOfWork units(harness_.database());
  harness_.run([&] {
    domain::Context context = within(5s);
    for (const bool is_committed : {false, true}) {
      const auto unit = units.begin(context, domain::UnitPace::kQuick);
      ASSERT_TRUE(unit.ok());
      domain::Context inside = context;
      inside.unit_of_work = unit->get();
      VIGIE_EXPECT_OK(queue_.enqueue(inside, job));
      net::sleep_until(Clock::now() + 100ms);
      EXPECT_EQ(heard, 1);
      if (is_committed) {
        VIGIE_EXPECT_OK((*unit)->commit());
      }
    }
  });
  EXPECT_TRUE(eventually([&] { return heard == 2; }));
  enqueued(within(5s), job);
  EXPECT_TRUE(eventually([&] { return heard == 3; }));
}

TEST_F(JobQueueTest, RefusesAPayloadThatIsTooLong) {
  harness_.run([&] {
    const std::string payload(PgJobQueue::kPayloadBytesMax + 1, ' ');
    EXPECT_EQ(code_of(queue_.enqueue(within(5s), {.kind = "test.long", .payload = payload})),
              "validation_failed");
  });
}

TEST_F(JobQueueTest, MakesOneJobOfFiftyWithOneKey) {
  for (int round = 0; round < 5; ++round) {
    const std::string key = "race-" + ids_.next().to_string();
    std::mutex mutex;
    std::set<std::string> seen;  // guarded by mutex
    harness_.run_all(50, [&](std::size_t) {
      const auto id =
          queue_.enqueue(within(10s), {.kind = "test.race", .payload = "{}", .unique_key = key});
      VIGIE_EXPECT_OK(id);
      const std::lock_guard lock(mutex);
      if (id) seen.insert(id->to_string());
    });
    EXPECT_EQ(seen.size(), 1U);
    EXPECT_EQ(query("SELECT count(*) FROM jobs WHERE unique_key = '" + key + "'"), "1");
  }
}

/// The end of the job with the key lies between the conflict and the look at the job.
TEST_F(JobQueueTest, GivesAnIdThatWasThereWhenKeysComeAndGo) {
  const std::string key = "come-and-go-" + ids_.next().to_string();
  harness_.run_all(50, [&](std::size_t i) {
    for (int round = 0; round < 10; ++round) {
      if (i % 5 == 0) {
        const auto gone = harness_.database().exec(within(10s),
                                                   {.sql = "DELETE FROM jobs WHERE unique_key = $1",
                                                    .operation = "DELETE",
                                                    .lane = Lane::kWrite},
                                                   Parameters().text(key));
        VIGIE_EXPECT_OK(gone);
        continue;
      }
      VIGIE_EXPECT_OK(
          queue_.enqueue(within(10s), {.kind = "test.race", .payload = "{}", .unique_key = key}));
    }
  });
}

}  // namespace
}  // namespace vigie::storage::testing
