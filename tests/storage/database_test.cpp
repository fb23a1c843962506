#include "server/storage/database.hpp"

#include <gtest/gtest.h>

#include "server/storage/parameters.hpp"
#include "tests/storage/database_fixture.hpp"

namespace vigie::storage::testing {
namespace {

TEST_F(DatabaseTest, RunsAQueryOnTheSharedLane) {
  Harness harness(options());
  harness.run([&] {
    const auto rows = harness.database().exec(within(5s), diagnostic("SELECT 1::bigint + $1"),
                                              Parameters().integer(41));
    ASSERT_TRUE(rows.ok()) << rows.error().detail;
    EXPECT_EQ(rows->integer(0, 0), 42);
  });
}

}  // namespace
}  // namespace vigie::storage::testing
