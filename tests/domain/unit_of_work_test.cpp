#include "server/domain/unit_of_work.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/fakes/fake_units_of_work.hpp"

namespace vigie::domain {
namespace {

Error lost() { return {.code = Code::kOverloaded, .message = "busy"}; }

class WithinUnit : public ::testing::Test {
 protected:
  /// How often the work is called when its first calls fail with these.
  int calls(std::vector<Error> failures) {
    int count = 0;
    result_ = within_unit(context_, units_, [&](const Context& joined) -> Result<void> {
      EXPECT_NE(joined.unit_of_work, nullptr);
      fakes::record_undo(joined, [this] { ++undone_; });
      const auto call = static_cast<std::size_t>(count++);
      if (call < failures.size()) return failures[call];
      return {};
    });
    return count;
  }

  fakes::FakeUnitsOfWork units_;
  Context context_;
  Result<void> result_;
  int undone_ = 0;
};

TEST_F(WithinUnit, BeginsAnewWhenItLostAgainstAnotherOne) {
  units_.let_all_be_repeated();
  EXPECT_EQ(calls({lost(), lost()}), 3);
  EXPECT_TRUE(result_.ok());
  EXPECT_EQ(undone_, 2);
}

TEST_F(WithinUnit, GivesUpAfterThreeAttempts) {
  units_.let_all_be_repeated();
  EXPECT_EQ(calls({lost(), lost(), lost(), lost()}), kUnitAttemptsMax);
  ASSERT_FALSE(result_.ok());
  EXPECT_EQ(result_.error().code, Code::kOverloaded);
}

TEST_F(WithinUnit, DoesNotRepeatWhatFailedForAnotherReason) {
  EXPECT_EQ(calls({lost()}), 1);
  EXPECT_FALSE(result_.ok());
}

TEST_F(WithinUnit, LeavesTheUnitOfItsOwnerAlone) {
  units_.let_all_be_repeated();
  fakes::FakeUnitOfWork owners;
  context_.unit_of_work = &owners;
  EXPECT_EQ(calls({lost()}), 1);
  EXPECT_FALSE(result_.ok());
  EXPECT_EQ(undone_, 0);
}

}  // namespace
}  // namespace vigie::domain
