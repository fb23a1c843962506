#include "server/storage/job_store.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/storage/job_store_fixture.hpp"

namespace vigie::storage::testing {
namespace {

using domain::ClaimedJob;
using domain::JobLane;
using domain::JobRunKey;

TEST_F(JobStoreTest, GivesAJobAsItWasEnqueued) {
  run([&] {
    domain::Context context = within(5s);
    context.correlation_id = "cause";
    const auto id = queue_.enqueue(context, {.kind = kinds_.front(),
                                             .lane = JobLane::kLow,
                                             .priority = 7,
                                             .payload = R"({"é":[1]})",
                                             .payload_version = 3,
                                             .attempts_max = 5,
                                             .lease = 77s});
    const auto claimed = claim(10, JobLane::kLow);
    ASSERT_EQ(claimed.size(), 1U);
    const domain::Job& job = claimed[0].job;
    EXPECT_EQ(job.id, *id);
    EXPECT_EQ(job.lane, JobLane::kLow);
    EXPECT_EQ(job.priority, 7);
    EXPECT_EQ(job.payload, R"({"é":[1]})");
    EXPECT_EQ(job.payload_version, 3);
    EXPECT_EQ(job.attempt, 1);
    EXPECT_EQ(job.attempts_max, 5);
    EXPECT_EQ(job.correlation_id, "cause");
    EXPECT_EQ(claimed[0].lease, 77s);
    EXPECT_GT(claimed[0].waited, 0us);
    EXPECT_LT(claimed[0].waited, 10s);
    EXPECT_EQ(job.run_at, job.enqueued_at);
    EXPECT_EQ(field(job.id, "worker"), "test:1");
  });
}

TEST_F(JobStoreTest, TakesTheGreatestPriorityThenTheLongestWait) {
  run([&] {
    const auto late = enqueue({.priority = 0});
    const auto first = enqueue({.priority = 9});
    const auto second = enqueue({.priority = 9});
    const auto last = enqueue({.priority = -1});
    std::vector<domain::JobId> order;
    for (const ClaimedJob& claimed : claim(3)) order.push_back(claimed.job.id);
    EXPECT_EQ(order, (std::vector{first, second, late}));
    EXPECT_EQ(claim_one().job.id, last);
  });
}

TEST_F(JobStoreTest, KeepsLanesAndUnknownKindsApart) {
  run([&] {
    enqueue({.lane = JobLane::kExternal});
    EXPECT_TRUE(claim(10, JobLane::kHigh).empty());
    const std::vector<std::string> others{"test.nobody"};
    const auto claimed = store_.claim(
        within(5s), {.lane = JobLane::kExternal, .kinds = others, .worker = "w", .count_max = 5});
    ASSERT_TRUE(claimed.ok());
    EXPECT_TRUE(claimed->empty());
    EXPECT_EQ(claim(10, JobLane::kExternal).size(), 1U);
  });
}

TEST_F(JobStoreTest, GivesEachJobToOneOfManyWorkers) {
  constexpr int kJobs = 200;
  run([&] {
    for (int i = 0; i < kJobs; ++i) enqueue();
  });
  std::mutex mutex;
  std::multiset<std::string> seen;  // guarded by mutex
  harness_.run_all(20, [&](std::size_t) {
    for (;;) {
      const auto claimed = claim(7);
      if (claimed.empty()) return;
      const std::lock_guard lock(mutex);
      for (const auto& each : claimed) seen.insert(each.job.id.to_string());
    }
  });
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kJobs));
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size());
}

TEST_F(JobStoreTest, ShowsAJobOnlyWhenItsCauseIsCommitted) {
  run([&] {
    const auto unit = units_.begin(within(5s), domain::UnitPace::kQuick);
    domain::Context inside = within(5s);
    inside.unit_of_work = unit->get();
    VIGIE_EXPECT_OK(queue_.enqueue(inside, {.kind = kinds_.front(), .payload = "{}"}));
    EXPECT_TRUE(claim().empty());
    VIGIE_EXPECT_OK((*unit)->commit());
    EXPECT_EQ(claim().size(), 1U);
  });
}

TEST_F(JobStoreTest, RemovesWhatIsDone) {
  run([&] {
    const auto id = enqueue({.unique_key = kinds_.front()});
    const auto finished = finish(claim_one().key);
    EXPECT_EQ(finished.done, std::vector{id});
    EXPECT_EQ(field(id, "count(*)"), "0");
    EXPECT_NE(enqueue({.unique_key = kinds_.front()}), id);
  });
}

TEST_F(JobStoreTest, TakesTheEndBackWithItsUnit) {
  run([&] {
    const auto id = enqueue();
    const auto key = claim_one().key;
    auto unit = *units_.begin(within(5s), domain::UnitPace::kQuick);
    domain::Context inside = within(5s);
    inside.unit_of_work = unit.get();
    EXPECT_EQ(finish(key, inside).done, std::vector{id});
    unit.reset();
    EXPECT_EQ(field(id, "state"), "running");
    EXPECT_EQ(finish(key).done, std::vector{id});
  });
}

/// A heartbeat of other jobs must not wait for a handler's long transaction.
TEST_F(JobStoreTest, RenewsTheOthersWhileOneIsBeingEnded) {
  run([&] {
    enqueue();
    enqueue();
    const auto claimed = claim(2);
    ASSERT_EQ(claimed.size(), 2U);
    auto unit = *units_.begin(within(5s), domain::UnitPace::kQuick);
    domain::Context inside = within(5s);
    inside.unit_of_work = unit.get();
    finish(claimed[0].key, inside);
    const auto before = field(claimed[1].job.id, "lease_until");
    const std::vector keys{claimed[0].key, claimed[1].key};
    VIGIE_EXPECT_OK(store_.renew(within(1s), keys));
    EXPECT_NE(field(claimed[1].job.id, "lease_until"), before);
  });
}

TEST_F(JobStoreTest, LetsALeasePassAndGivesTheJobToAnother) {
  run([&] {
    const auto id = enqueue();
    const auto first = claim_one();
    EXPECT_TRUE(recover().empty());
    let_lease_pass(id);
    const auto lost = recover();
    ASSERT_EQ(lost.size(), 1U);
    EXPECT_EQ(lost[0].job.id, id);
    EXPECT_EQ(lost[0].worker, "test:1");
    EXPECT_FALSE(lost[0].is_failed);
    const auto second = claim_one();
    EXPECT_EQ(second.job.attempt, 2);
    EXPECT_EQ(second.key.run, first.key.run + 1);
  });
}

TEST_F(JobStoreTest, RefusesEveryEndOfARunThatWasLost) {
  run([&] {
    const auto id = enqueue();
    const auto first = claim_one();
    let_lease_pass(id);
    EXPECT_EQ(recover().size(), 1U);
    const auto second = claim_one();
    EXPECT_EQ(finish(first.key).lost, std::vector{id});
    EXPECT_EQ(code_of(store_.retry(within(5s), first.key, 1s, {})), "version_mismatch");
    EXPECT_EQ(code_of(store_.fail(within(5s), first.key, {})), "version_mismatch");
    VIGIE_EXPECT_OK(store_.give_back(within(5s), {&first.key, 1}));
    VIGIE_EXPECT_OK(store_.renew(within(5s), {&first.key, 1}));
    EXPECT_EQ(field(id, "state || run"), "running2");
    EXPECT_EQ(finish(second.key).done, std::vector{id});
    EXPECT_EQ(code_of(store_.fail(within(5s), first.key, {})), "not_found");
    const auto gone = finish(first.key);
    EXPECT_TRUE(gone.done.empty() && gone.lost.empty());
  });
}

TEST_F(JobStoreTest, PutsALostJobWithTheFailedOnesWhenItsAttemptsAreUsedUp) {
  run([&] {
    const auto id = enqueue({.attempts_max = 1});
    claim_one();
    let_lease_pass(id);
    const auto lost = recover();
    ASSERT_EQ(lost.size(), 1U);
    EXPECT_TRUE(lost[0].is_failed);
    EXPECT_EQ(field(id, "state || ':' || error_code"), "failed:lost");
    EXPECT_TRUE(claim().empty());
  });
}

TEST_F(JobStoreTest, RetriesAfterThePause) {
  run([&] {
    const auto id = enqueue();
    const auto key = claim_one().key;
    VIGIE_EXPECT_OK(store_.retry(within(5s), key, 90s, {domain::Code::kUnavailable, "gone away"}));
    EXPECT_TRUE(claim().empty());
    EXPECT_EQ(field(id, "state || ':' || error_code || ':' || error_detail"),
              "scheduled:unavailable:gone away");
    EXPECT_EQ(field(id, "run_at BETWEEN now() + interval '80 s' AND now() + interval '90 s'"), "t");
    VIGIE_EXPECT_OK(store_.promote(within(5s), 1000));
    EXPECT_TRUE(claim().empty());
    let_run_at_come(id);
    VIGIE_EXPECT_OK(store_.promote(within(5s), 1000));
    EXPECT_EQ(claim_one().job.attempt, 2);
  });
}

TEST_F(JobStoreTest, PromotesAtMostTheLimit) {
  run([&] {
    for (int i = 0; i < 3; ++i) {
      const auto far = std::chrono::sys_days(std::chrono::year(2100) / 1 / 1);
      let_run_at_come(enqueue({.run_at = domain::Timestamp(far)}));
    }
    std::size_t moved = 0;
    for (int i = 0; i < 3; ++i) {
      const auto count = store_.promote(within(5s), 1);
      VIGIE_EXPECT_OK(count);
      EXPECT_LE(*count, 1U);
      moved += *count;
    }
    EXPECT_EQ(moved, 3U);
  });
}

TEST_F(JobStoreTest, KeepsFailedJobsAndFreesTheirKey) {
  run([&] {
    const auto id = enqueue({.unique_key = kinds_.front()});
    VIGIE_EXPECT_OK(
        store_.fail(within(5s), claim_one().key, {domain::Code::kValidationFailed, "unreadable"}));
    EXPECT_EQ(field(id, "state || ':' || error_code || ':' || error_detail"),
              "failed:validation_failed:unreadable");
    EXPECT_TRUE(claim().empty());
    EXPECT_NE(enqueue({.unique_key = kinds_.front()}), id);
  });
}

TEST_F(JobStoreTest, GivesBackWithoutCountingTheAttempt) {
  run([&] {
    const auto id = enqueue({.attempts_max = 1});
    const auto first = claim_one();
    VIGIE_EXPECT_OK(store_.give_back(within(5s), {&first.key, 1}));
    const auto second = claim_one();
    EXPECT_EQ(second.job.id, id);
    EXPECT_EQ(second.job.attempt, 1);
    EXPECT_EQ(finish(first.key).lost, std::vector{id});
  });
}

TEST_F(JobStoreTest, RemembersTheLastSuccessOfAScheduledTask) {
  run([&] {
    const std::string task = kinds_.front();
    query("INSERT INTO scheduled_tasks (task) VALUES ('" + task + "')");
    enqueue({.unique_key = task});
    const std::string when =
        "SELECT last_success_at > now() - interval '10 s' FROM scheduled_tasks WHERE task = '" +
        task + "'";
    EXPECT_EQ(query(when), "");
    finish(claim_one().key);
    EXPECT_EQ(query(when), "t");
  });
}

TEST_F(JobStoreTest, FailsAfterTheDeadline) {
  run([&] {
    const JobRunKey key;
    EXPECT_EQ(code_of(store_.claim(within(-1ms), {})), "deadline_exceeded");
    EXPECT_EQ(code_of(store_.finish(within(-1ms), {&key, 1})), "deadline_exceeded");
    EXPECT_EQ(code_of(store_.recover(within(-1ms), 1)), "deadline_exceeded");
  });
}

}  // namespace
}  // namespace vigie::storage::testing
