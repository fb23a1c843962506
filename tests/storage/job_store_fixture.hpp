#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/job_queue.hpp"
#include "server/storage/job_store.hpp"
#include "server/storage/units_of_work.hpp"
#include "tests/storage/random_ids.hpp"
#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

/// Each test has jobs of a kind of its own: others are not claimed. Bodies run on a fiber.
class JobStoreTest : public DatabaseTest {
 protected:
  static DatabaseOptions wide() {
    DatabaseOptions wide = options();
    wide.leased_connections = 10;
    return wide;
  }
  std::string field(const domain::JobId& id, const std::string& column) const {
    return query("SELECT " + column + " FROM jobs WHERE id = '" + id.to_string() + "'");
  }
  void run(const std::function<void()>& body) { harness_.run(body); }

  domain::JobId enqueue(domain::NewJob job = {}) {
    job.kind = kinds_.front();
    if (job.payload.empty()) job.payload = "{}";
    const auto id = queue_.enqueue(within(5s), job);
    VIGIE_EXPECT_OK(id);
    return id ? *id : domain::JobId{};
  }
  std::vector<domain::ClaimedJob> claim(std::size_t count_max = 10,
                                        domain::JobLane lane = domain::JobLane::kHigh) {
    auto claimed = store_.claim(
        within(5s), {.lane = lane, .kinds = kinds_, .worker = "test:1", .count_max = count_max});
    VIGIE_EXPECT_OK(claimed);
    return claimed ? *std::move(claimed) : std::vector<domain::ClaimedJob>{};
  }
  domain::ClaimedJob claim_one() {
    auto claimed = claim(1);
    EXPECT_EQ(claimed.size(), 1U);
    return claimed.empty() ? domain::ClaimedJob{} : std::move(claimed.front());
  }
  domain::FinishedRuns finish(const domain::JobRunKey& key,
                              const domain::Context& context = within(5s)) {
    auto finished = store_.finish(context, {&key, 1});
    VIGIE_EXPECT_OK(finished);
    return finished ? *std::move(finished) : domain::FinishedRuns{};
  }
  /// As if its worker had not been heard of for long.
  static void let_lease_pass(const domain::JobId& id) {
    query("UPDATE jobs SET lease_until = now() - interval '1 second' WHERE id = '" +
          id.to_string() + "'");
  }
  static void let_run_at_come(const domain::JobId& id) {
    query("UPDATE jobs SET run_at = now() WHERE id = '" + id.to_string() + "'");
  }
  /// The test's own ones among the recovered.
  std::vector<domain::LostJob> recover() {
    auto lost = store_.recover(within(5s), 1000);
    VIGIE_EXPECT_OK(lost);
    if (!lost) return {};
    std::erase_if(*lost, [&](const auto& each) { return each.job.kind != kinds_.front(); });
    return *std::move(lost);
  }

  Harness harness_{wide(), 2};
  RandomIds ids_;
  PgJobQueue queue_{harness_.database(), ids_, harness_.telemetry().metrics};
  PgJobStore store_{harness_.database()};
  PgUnitsOfWork units_{harness_.database()};
  std::vector<std::string> kinds_{"test." + ids_.next().to_string()};
};

}  // namespace vigie::storage::testing
