#include "telemetry/pipeline/hold_up.hpp"

#include <gtest/gtest.h>

namespace vigie::telemetry {
namespace {

using std::chrono::seconds;

TEST(HoldUp, TriesNewBatchesInTurnOncePatienceIsOver) {
  HoldUp hold_up({.patience = seconds(60)});
  hold_up.front_failed(seconds(1000));
  hold_up.front_failed(seconds(1059));
  EXPECT_FALSE(hold_up.is_fresh_turn());
  hold_up.front_failed(seconds(1060));
  EXPECT_TRUE(hold_up.is_fresh_turn());
  EXPECT_EQ(hold_up.fresh_wait(), seconds(10));
  hold_up.fresh_failed();
  EXPECT_FALSE(hold_up.is_fresh_turn());
  EXPECT_EQ(hold_up.fresh_wait(), seconds(0));
  hold_up.front_failed(seconds(1061));
  EXPECT_TRUE(hold_up.is_fresh_turn());
  hold_up.front_changed();
  EXPECT_FALSE(hold_up.is_fresh_turn());
}

TEST(HoldUp, NeverGivesUpWhileNothingIsTaken) {
  HoldUp hold_up({});
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_TRUE(hold_up.front_failed(seconds(60 * i)));
    hold_up.fresh_failed();
  }
}

TEST(HoldUp, GivesUpWhatFailsWhileOthersAreTaken) {
  HoldUp hold_up({.overtaken_count_max = 3, .duration_max = seconds(300)});
  hold_up.fresh_taken();
  for (const int second : {0, 100, 200, 299}) {
    EXPECT_TRUE(hold_up.front_failed(seconds(second))) << "not often enough, or not long enough";
    hold_up.fresh_taken();
  }
  EXPECT_FALSE(hold_up.front_failed(seconds(300)));
  hold_up.front_changed();
  EXPECT_TRUE(hold_up.front_failed(seconds(10'000)));
}

TEST(HoldUp, CountsOnlyAFailureRightAfterANewOneWasTaken) {
  HoldUp hold_up({.overtaken_count_max = 2, .duration_max = seconds(0)});
  hold_up.front_failed(seconds(0));
  hold_up.fresh_taken();
  for (int i = 1; i < 10; ++i) {
    EXPECT_TRUE(hold_up.front_failed(seconds(i))) << "the back end may have gone away again";
  }
  hold_up.fresh_taken();
  EXPECT_FALSE(hold_up.front_failed(seconds(10)));
}

}  // namespace
}  // namespace vigie::telemetry
