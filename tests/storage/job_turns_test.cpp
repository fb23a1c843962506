#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/storage/job_store_fixture.hpp"

namespace vigie::storage::testing {
namespace {

/// Owners and origins take turns (decision 51).
class JobTurnsTest : public JobStoreTest {
 protected:
  static constexpr std::size_t kShare = 2;

  static domain::NewJob of(const std::string& owner, const std::string& origin = "") {
    return {.payload = R"({"owner":")" + owner + R"("})", .origin = origin};
  }
  std::string somebody() { return ids_.next().to_string(); }
  std::string somewhere() { return somebody().substr(19); }
  std::vector<domain::ClaimedJob> share(std::size_t count_max) {
    auto claimed = store_.claim(within(5s), {.lane = domain::JobLane::kHigh,
                                             .kinds = kinds_,
                                             .worker = "test:share",
                                             .count_max = count_max,
                                             .owner_count_max = kShare});
    VIGIE_EXPECT_OK(claimed);
    return claimed ? *std::move(claimed) : std::vector<domain::ClaimedJob>{};
  }
};

TEST_F(JobTurnsTest, GivesWhoAsksForLittleBeforeWhoAsksForMuch) {
  run([&] {
    const std::string much = somebody();
    const std::string little = somebody();
    std::vector<domain::JobId> theirs;
    for (int i = 0; i < 40; ++i) theirs.push_back(enqueue(of(much)));
    const auto one = enqueue(of(little));
    const auto nobodys = enqueue();
    EXPECT_EQ(claim_one().job.id, theirs[0]);
    EXPECT_EQ(claim_one().job.id, one);
    EXPECT_EQ(claim_one().job.id, nobodys);
    EXPECT_EQ(claim_one().job.id, theirs[1]);
    // What was theirs at first is done: now they ask for less.
    const auto two = enqueue(of(little));
    EXPECT_EQ(field(two, "priority"), "-1");
    EXPECT_EQ(field(theirs[39], "priority"), "-39");
  });
}

TEST_F(JobTurnsTest, GivesAnotherOriginItsTurnBeforeASecondOwnerOfOne) {
  run([&] {
    const std::string origin = somewhere();
    std::vector<domain::JobId> theirs;
    for (int i = 0; i < 6; ++i) theirs.push_back(enqueue(of(somebody(), origin)));
    const auto one = enqueue(of(somebody(), somewhere()));
    EXPECT_EQ(claim_one().job.id, theirs[0]);
    EXPECT_EQ(claim_one().job.id, one);
    EXPECT_EQ(claim_one().job.id, theirs[1]);
  });
}

TEST_F(JobTurnsTest, CountsWhicheverHasMoreOfOwnerAndOrigin) {
  run([&] {
    const std::string owner = somebody();
    const std::string origin = somewhere();
    for (int i = 0; i < 3; ++i) enqueue(of(owner, somewhere()));
    for (int i = 0; i < 5; ++i) enqueue(of(somebody(), origin));
    EXPECT_EQ(field(enqueue(of(owner, origin)), "priority"), "-5");
    EXPECT_EQ(field(enqueue(of(owner)), "priority"), "-4");
    // Another lane has turns of its own; what has failed is nobody's turn.
    domain::NewJob low = of(owner, origin);
    low.lane = domain::JobLane::kLow;
    EXPECT_EQ(field(enqueue(low), "priority"), "0");
    query("UPDATE jobs SET state = 'failed', failed_at = now() WHERE origin = '" + origin + "'");
    EXPECT_EQ(field(enqueue(of(somebody(), origin)), "priority"), "0");
  });
}

TEST_F(JobTurnsTest, GivesNobodyMoreThanAShare) {
  run([&] {
    const std::string much = somebody();
    const std::string little = somebody();
    for (int i = 0; i < 100; ++i) enqueue(of(much));
    const auto first = share(4);
    ASSERT_EQ(first.size(), kShare);
    EXPECT_TRUE(share(4).empty());
    for (int i = 0; i < 3; ++i) enqueue(of(little));
    EXPECT_EQ(share(4).size(), kShare);
    finish(first[0].key);
    EXPECT_EQ(share(4).size(), 1U);
    // What is nobody's has no share, and another worker has places of its own.
    for (int i = 0; i < 3; ++i) enqueue();
    EXPECT_EQ(share(4).size(), 3U);
    EXPECT_EQ(claim(4).size(), 4U);
  });
}

TEST_F(JobTurnsTest, GivesSixOwnersOfOneOriginTheShareOfOne) {
  run([&] {
    const std::string origin = somewhere();
    for (int i = 0; i < 12; ++i) enqueue(of(somebody(), origin));
    const auto first = share(6);
    ASSERT_EQ(first.size(), kShare);
    EXPECT_TRUE(share(6).empty());
    const auto one = enqueue(of(somebody(), somewhere()));
    const auto next = share(6);
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].job.id, one);
    finish(first[0].key);
    EXPECT_EQ(share(6).size(), 1U);
  });
}

}  // namespace
}  // namespace vigie::storage::testing
