#include "server/domain/failed_jobs.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_job_desk.hpp"

namespace vigie::domain {
namespace {

class FailedJobsTest : public testing::Test {
 protected:
  FailedJobsChange change(const FailedJobs& which, JobChange one = &JobDesk::release) {
    auto outcome = change_failed(desk_, context_, which, one);
    EXPECT_TRUE(outcome.ok());
    return outcome ? *std::move(outcome) : FailedJobsChange{};
  }
  std::optional<JobState> state_of(JobId id) {
    const auto record = desk_.find(context_, id);
    return *record ? std::optional((*record)->state) : std::nullopt;
  }

  fakes::FakeJobDesk desk_;
  const Context context_{.deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1)};
};

TEST_F(FailedJobsTest, AreReleasedOfOneKindAndNothingElse) {
  const JobId meant = desk_.add("media.process", JobState::kFailed);
  const JobId other_kind = desk_.add("media.purge", JobState::kFailed);
  const JobId scheduled = desk_.add("media.process", JobState::kScheduled);
  const FailedJobsChange outcome = change({.kind = "media.process"});
  ASSERT_EQ(outcome.changed.size(), 1U);
  EXPECT_EQ(outcome.changed[0].job.id, meant);
  EXPECT_FALSE(outcome.has_more);
  EXPECT_EQ(state_of(meant), JobState::kReady);
  EXPECT_EQ(state_of(other_kind), JobState::kFailed);
  EXPECT_EQ(state_of(scheduled), JobState::kScheduled);
}

TEST_F(FailedJobsTest, AreDiscardedOfAllKindsUpToTheLimit) {
  const JobId first = desk_.add("media.process", JobState::kFailed);
  const JobId second = desk_.add("media.purge", JobState::kFailed);
  const JobId third = desk_.add("blob.sweep", JobState::kFailed);
  const FailedJobsChange outcome = change({.limit = 2}, &JobDesk::discard);
  EXPECT_EQ(outcome.changed.size(), 2U);
  EXPECT_TRUE(outcome.has_more);
  EXPECT_EQ(state_of(first), JobState::kFailed);
  EXPECT_EQ(state_of(second), std::nullopt);
  EXPECT_EQ(state_of(third), std::nullopt);
  EXPECT_FALSE(change({.limit = 1}, &JobDesk::discard).has_more);
}

TEST_F(FailedJobsTest, ThatAreRefusedKeepNoneOfTheOthers) {
  const JobId first = desk_.add("media.process", JobState::kFailed);
  const JobId taken = desk_.add("media.process", JobState::kFailed);
  const JobId last = desk_.add("media.process", JobState::kFailed);
  desk_.refuse(taken, {.code = Code::kStatusChangeNotAllowed, .message = "The key is taken."});
  const FailedJobsChange outcome = change({});
  EXPECT_EQ(outcome.changed.size(), 2U);
  ASSERT_EQ(outcome.refused.size(), 1U);
  EXPECT_EQ(outcome.refused[0].id, taken);
  EXPECT_EQ(outcome.refused[0].error.message, "The key is taken.");
  EXPECT_EQ(state_of(first), JobState::kReady);
  EXPECT_EQ(state_of(last), JobState::kReady);
}

TEST_F(FailedJobsTest, AreLeftWhenTheQueueDoesNotAnswer) {
  const JobId untried = desk_.add("media.process", JobState::kFailed);
  const JobId away = desk_.add("media.process", JobState::kFailed);
  desk_.add("media.process", JobState::kFailed);
  desk_.refuse(away, {.code = Code::kUnavailable});
  const FailedJobsChange outcome = change({});
  EXPECT_EQ(outcome.changed.size(), 1U);
  ASSERT_TRUE(outcome.stopped_by);
  EXPECT_EQ(outcome.stopped_by->code, Code::kUnavailable);
  EXPECT_EQ(state_of(untried), JobState::kFailed);
  desk_.fail_with({.code = Code::kUnavailable});
  EXPECT_EQ(change_failed(desk_, context_, {}, &JobDesk::release).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace vigie::domain
