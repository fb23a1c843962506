// What one caller may hold of a reactor's leased connections, seen through the database.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "server/storage/database.hpp"
#include "server/storage/transaction.hpp"
#include "tests/storage/database_fixture.hpp"
#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {
namespace {

constexpr Query kWrite = diagnostic("SELECT 1::bigint", Lane::kWrite, false);
constexpr Query kSlowRead = diagnostic("SELECT 1::bigint", Lane::kSlow);

class LeaseShare : public DatabaseTest {
 protected:
  using SharedPool = Database::SharedPool;

  static DatabaseOptions narrow() {
    DatabaseOptions narrow = options();
    narrow.lease_waiters_per_caller_max = 3;
    return narrow;
  }
  static domain::Context of(std::string_view address, std::chrono::milliseconds time = 10s) {
    domain::Context context = within(time);
    context.client_address = address;
    return context;
  }
  std::string exec(const domain::Context& context, const Query& query) {
    return code_of(harness_.database().exec(context, query));
  }
  /// Holds connections by transactions of one address until `end`, each on a fiber of its own.
  void hold(std::string_view address, std::size_t count) {
    holders_.emplace_back([this, address, count] {
      harness_.run_all(count, [&](std::size_t) {
        auto begun = harness_.database().begin(of(address), kWrite);
        EXPECT_TRUE(begun.ok()) << begun.error().detail;
        while (!is_over_) net::sleep_until(Clock::now() + 1ms);
      });
    });
  }
  void await_held(std::size_t count) {
    EXPECT_TRUE(eventually([&] { return leased().load.held == count; })) << leased().load.held;
  }
  Database::Share leased() { return harness_.database().share(SharedPool::kLeased); }
  /// Before that, whoever asks waits, and more than three of one address must not.
  void await_connected() {
    EXPECT_TRUE(eventually([&] {
      return harness_.telemetry().metric(
                 "db_client_connections{db_client_connection_pool_name=\"leased\","
                 "db_client_connection_state=\"idle\"}") == "4";
    }));
  }
  std::string pending() {
    return harness_.telemetry().metric(
        "db_client_connection_pending_requests{db_client_connection_pool_name=\"leased\"}");
  }
  void TearDown() override {
    is_over_ = true;
    holders_.clear();
  }

  Harness harness_{narrow()};
  std::atomic<bool> is_over_{false};
  std::vector<std::jthread> holders_;
};

TEST_F(LeaseShare, IsHalfOfTheConnectionsAndTheOthersAreForOthers) {
  hold("192.0.2.1", 2);
  await_held(2);
  harness_.run([&] {
    for (int i = 0; i < 20; ++i) EXPECT_EQ(exec(of("192.0.2.2", 1s), kWrite), "success");
    EXPECT_EQ(exec(of("192.0.2.1", 50ms), kWrite), "share_exceeded");
  });
  const Database::Share share = leased();
  EXPECT_EQ(share.places, 4u);
  EXPECT_EQ(share.share, 2u);
  EXPECT_EQ(share.load.largest_of_address, 2u);
  EXPECT_EQ(share.load.refused, (std::array<std::uint64_t, 3>{0, 1, 0}));
}

TEST_F(LeaseShare, IsHeldToByAWholeNetworkAndByNoProgram) {
  hold("2001:db8::1", 2);
  await_held(2);
  harness_.run([&] {
    EXPECT_EQ(exec(of("2001:db8::2", 50ms), kWrite), "share_exceeded");
    EXPECT_EQ(exec(within(1s), kWrite), "success");
  });
  hold("", 2);
  await_held(4);
}

TEST_F(LeaseShare, OfTheQueueIsBoundedToo) {
  await_connected();
  hold("192.0.2.1", 2);
  await_held(2);
  harness_.run_all(5, [&](std::size_t i) {
    // Three wait, a fourth must not, and somebody else need not.
    const auto began = Clock::now();
    EXPECT_EQ(exec(of(i < 4 ? "192.0.2.1" : "192.0.2.2", 1s), kWrite),
              i < 4 ? "share_exceeded" : "success");
    EXPECT_EQ(Clock::now() - began >= 1s, i < 3) << i;
    EXPECT_EQ(pending(), "0") << "they wait for their own";
  });
}

TEST_F(LeaseShare, EndsWithTheLeaseSoThatTheNextOfTheCallerIsServed) {
  await_connected();
  std::atomic<int> succeeded{0};
  harness_.run_all(5, [&](std::size_t) {
    if (exec(of("192.0.2.1"), kWrite) == "success") ++succeeded;
  });
  EXPECT_EQ(succeeded, 5);
  EXPECT_TRUE(eventually([&] { return leased().load.held == 0; }));
}

TEST_F(LeaseShare, OfSlowReadsGoesRound) {
  std::string order;
  harness_.run([&] { EXPECT_EQ(exec(of("192.0.2.9"), kSlowRead), "success"); });
  harness_.run_all(5, [&](std::size_t i) {
    // The first of the greedy has the one connection, three wait, and then somebody else comes.
    const bool is_greedy = i < 4;
    const auto query = diagnostic("SELECT pg_sleep(0.05)", Lane::kSlow);
    EXPECT_EQ(exec(of(is_greedy ? "192.0.2.1" : "192.0.2.2"), query), "success");
    order += is_greedy ? 'g' : 'h';
  });
  EXPECT_EQ(order, "ghggg");
}

TEST_F(LeaseShare, TellsWhoseGreedItWas) {
  // All places are taken, by two and by the program: who comes next waits without greed of its own.
  hold("192.0.2.1", 2);
  hold("192.0.2.2", 1);
  hold("", 1);
  await_held(4);
  harness_.run([&] {
    EXPECT_EQ(exec(of("192.0.2.3", 50ms), kWrite), "deadline_exceeded");
    EXPECT_EQ(exec(of("192.0.2.1", 50ms), kWrite), "share_exceeded");
  });
}

}  // namespace
}  // namespace vigie::storage::testing
