#include "server/storage/transaction.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "server/storage/units_of_work.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/storage/database_fixture.hpp"
#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {
namespace {

class TransactionTest : public DatabaseTest {
 protected:
  domain::Result<Database::Begun> begin() {
    return harness_.database().begin(within(5s), diagnostic("", Lane::kWrite));
  }
  std::string insert(domain::UnitOfWork& unit, const std::string& email) {
    return insert(harness_.database(), unit, email);
  }
  static std::string insert(Database& database, domain::UnitOfWork& unit,
                            const std::string& email) {
    domain::Context context = within(5s);
    context.unit_of_work = &unit;
    return code_of(PgAccountStore(database).insert(context, {.id = {next_id()}, .email = email}));
  }
  bool exists(const std::string& email, domain::UnitOfWork* unit = nullptr) {
    domain::Context context = within(5s);
    context.unit_of_work = unit;
    const auto found = PgAccountStore(harness_.database()).find_by_email(context, email);
    return found.ok() && found->has_value();
  }
  static domain::Uuid next_id() {
    static std::uint64_t last = 0x7000'0000;
    return fakes::FakeIdSource::nth(++last);
  }
  Harness harness_{options()};
};

TEST_F(TransactionTest, SeesItsOwnWritesAndNobodyElseDoesUntilItCommits) {
  harness_.run([&] {
    auto begun = begin();
    ASSERT_TRUE(begun.ok());
    EXPECT_EQ(insert(*begun->transaction, "own@example.org"), "success");
    EXPECT_TRUE(exists("own@example.org", begun->transaction.get()));
    EXPECT_FALSE(exists("own@example.org"));
    EXPECT_EQ(code_of(begun->transaction->commit()), "success");
    EXPECT_TRUE(exists("own@example.org"));
  });
}

TEST_F(TransactionTest, IsHeldAgainstSlowWaitsUntilItEndsUnlessItIsBegunAsSlow) {
  harness_.run([&] {
    PgUnitsOfWork units(harness_.database());
    {
      auto begun = begin();
      EXPECT_TRUE(net::holds_scarce());
      EXPECT_EQ(code_of(begun->transaction->commit()), "success");
      EXPECT_FALSE(net::holds_scarce());
      auto dropped = begin();
      EXPECT_TRUE(net::holds_scarce());
    }
    EXPECT_FALSE(net::holds_scarce());
    const auto slow = units.begin(within(5s), domain::UnitPace::kSlow);
    EXPECT_EQ(code_of(slow), "success");
    EXPECT_FALSE(net::holds_scarce());
  });
}

TEST_F(TransactionTest, IsRolledBackWhenDropped) {
  harness_.run([&] {
    {
      auto begun = begin();
      EXPECT_EQ(insert(*begun->transaction, "dropped@example.org"), "success");
    }
    EXPECT_FALSE(exists("dropped@example.org"));
    auto again = begin();
    EXPECT_EQ(insert(*again->transaction, "dropped@example.org"), "success");
  });
}

TEST_F(TransactionTest, RefusesToCommitWhatHasFailed) {
  harness_.run([&] {
    auto begun = begin();
    EXPECT_EQ(insert(*begun->transaction, "UPPER@example.org"), "internal");
    EXPECT_EQ(code_of(begun->transaction->commit()), "internal");
    EXPECT_EQ(code_of(begun->transaction->commit()), "internal");
  });
}

TEST_F(TransactionTest, IsRolledBackWhenAnExceptionPasses) {
  harness_.run([&] {
    try {
      auto begun = begin();
      EXPECT_EQ(insert(*begun->transaction, "thrown@example.org"), "success");
      throw std::runtime_error("handler failed");
    } catch (const std::runtime_error&) {
    }
    // The roll-back runs by itself here, before the connection is leased again.
    EXPECT_FALSE(exists("thrown@example.org"));
  });
}

TEST_F(TransactionTest, GivesTheConnectionBackClean) {
  DatabaseOptions narrow = options();
  narrow.leased_connections = 1;
  Harness harness(narrow);
  harness.run([&] {
    for (int i = 0; i < 3; ++i) {
      auto begun = harness.database().begin(within(5s), diagnostic("", Lane::kWrite));
      ASSERT_TRUE(begun.ok()) << begun.error().detail;
      EXPECT_EQ(insert(harness.database(), *begun->transaction, "clean@example.org"), "success");
    }
  });
}

}  // namespace
}  // namespace vigie::storage::testing
