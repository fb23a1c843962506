#include "server/storage/wait_queue.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/net/runtime.hpp"
#include "server/storage/connection.hpp"
#include "server/storage/options.hpp"

namespace vigie::storage {
namespace {

using namespace std::chrono_literals;
using domain::Caller;
using domain::CallerKey;

Caller at(std::string_view address) { return Caller::of_address(address); }

Caller of_account(std::uint8_t number, std::string_view address) {
  Caller caller = at(address);
  domain::AccountId account;
  account.uuid.bytes[0] = number;
  caller.account = CallerKey::of(account);
  return caller;
}

bool anybody(const Caller&) { return true; }

/// Fibers that wait on one loop; `served_` has their names in the order in which they were served.
class WaitQueueTest : public ::testing::Test, private ConnectionOwner {
 protected:
  /// On a fiber. All who wait are gone at its end.
  void run(const std::function<void()>& body) {
    net::run_on_fiber(runtime_, 0, [&] {
      body();
      queue_.refuse_all({.code = domain::Code::kUnavailable});
      let_all_run();
    });
    EXPECT_EQ(runtime_.uncaught_exceptions(), 0U);
  }
  void enqueue(const std::string& name, const Caller& caller,
               std::chrono::milliseconds time = 60s) {
    net::EventLoop::current()->spawn([this, name, caller, time] {
      const auto outcome = queue_.wait_until(std::chrono::steady_clock::now() + time, caller);
      if (outcome.connection != nullptr) served_.push_back(name);
      if (outcome.connection == nullptr && !outcome.refusal) {
        late_.push_back(name + (outcome.is_behind_own ? " behind its own" : ""));
      }
    });
  }
  void enqueue_flood(const Caller& caller) {
    for (int i = 0; i < 200; ++i) enqueue("greedy", caller);
  }
  /// Gives connections away until so many were served in all; their names.
  std::vector<std::string> serve(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) EXPECT_TRUE(queue_.offer(connection_, anybody));
    let_all_run();
    return served_;
  }
  static void let_all_run() { net::sleep_until({}); }

  net::Runtime runtime_{{.reactor_count = 1, .fibers_max_per_reactor = 512, .name = "test"}};
  WaitQueue queue_;
  std::vector<std::string> served_;
  std::vector<std::string> late_;
  DatabaseOptions options_;
  Connection connection_{runtime_.loop(0), options_, {}, *this};  // never opened

 private:
  void connection_ready(Connection&, std::chrono::duration<double>) override {}
  void connection_lost(Connection&, std::string_view) override {}
  void connection_idle(Connection&) override {}
};

using Names = std::vector<std::string>;

TEST_F(WaitQueueTest, ServesOneThatComesAfterTwoHundredOfAnotherNext) {
  run([&] {
    enqueue_flood(at("192.0.2.1"));
    serve(1);
    enqueue("honest", at("192.0.2.2"));
    EXPECT_EQ(serve(1), (Names{"greedy", "honest"}));
  });
}

TEST_F(WaitQueueTest, ServesItNextAlsoWhenTheOtherWasServedWithoutWaiting) {
  run([&] {
    queue_.served(at("192.0.2.1"));
    enqueue_flood(at("192.0.2.1"));
    enqueue("honest", at("192.0.2.2"));
    EXPECT_EQ(serve(1), Names{"honest"});
  });
}

TEST_F(WaitQueueTest, ServesCallersInTurnAndEachInItsOrder) {
  run([&] {
    for (const char* name : {"a1", "a2", "a3"}) enqueue(name, at("192.0.2.1"));
    for (const char* name : {"b1", "b2"}) enqueue(name, at("192.0.2.2"));
    for (const char* name : {"job1", "job2"}) enqueue(name, {});
    EXPECT_EQ(serve(7), (Names{"a1", "b1", "job1", "a2", "b2", "job2", "a3"}));
    EXPECT_TRUE(queue_.empty());
  });
}

TEST_F(WaitQueueTest, LetsNobodyStarveForThoseWhoComeAnew) {
  run([&] {
    for (int i = 0; i < 3; ++i) enqueue("patient", at("192.0.2.1"));
    for (int i = 0; i < 8; ++i) {
      enqueue("new", at("198.51.100." + std::to_string(i)));
      serve(1);
    }
    // Only who came before the next one's turn is served before it.
    EXPECT_EQ(served_, (Names{"patient", "new", "new", "patient", "new", "new", "new", "patient"}));
  });
}

TEST_F(WaitQueueTest, GivesSixAccountsOfOneAddressOneTurn) {
  run([&] {
    for (std::uint8_t account = 0; account < 6; ++account) {
      enqueue("of six", of_account(account, "192.0.2.1"));
    }
    enqueue("honest", of_account(7, "192.0.2.2"));
    EXPECT_EQ(serve(2), (Names{"of six", "honest"}));
  });
}

TEST_F(WaitQueueTest, GivesOneAccountAtSixAddressesOneTurn) {
  run([&] {
    for (int host = 0; host < 6; ++host) {
      enqueue("of six", of_account(1, "198.51.100." + std::to_string(host)));
    }
    enqueue("honest", of_account(7, "192.0.2.2"));
    EXPECT_EQ(serve(2), (Names{"of six", "honest"}));
  });
}

TEST_F(WaitQueueTest, PassesOverWhoDoesNotTakeAndKeepsItsTurn) {
  run([&] {
    enqueue("at its share", at("192.0.2.1"));
    enqueue("honest", at("192.0.2.2"));
    enqueue("honest", at("192.0.2.2"));
    const auto others = [](const Caller& caller) { return !(caller == at("192.0.2.1")); };
    EXPECT_TRUE(queue_.offer(connection_, others));
    EXPECT_EQ(serve(1), (Names{"honest", "at its share"}));
    EXPECT_FALSE(queue_.offer(connection_, [](const Caller&) { return false; }));
  });
}

TEST_F(WaitQueueTest, SaysWhoseOwnRequestsStoodBefore) {
  run([&] {
    enqueue("first", at("192.0.2.1"));
    enqueue("second", at("192.0.2.1"), 1ms);
    enqueue("other", at("192.0.2.2"), 1ms);
    net::sleep_until(std::chrono::steady_clock::now() + 200ms);
    EXPECT_EQ(late_, (Names{"second behind its own", "other"}));
    EXPECT_EQ(serve(1), Names{"first"});
    EXPECT_TRUE(queue_.empty());
  });
}

}  // namespace
}  // namespace vigie::storage
