#include "server/domain/share_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace vigie::domain {
namespace {

using Place = SharePool::Place;

Caller of_account(std::uint8_t number, std::string_view address) {
  Caller caller = Caller::of_address(address);
  AccountId account;
  account.uuid.bytes[0] = number;
  caller.account = CallerKey::of(account);
  return caller;
}

/// As many as the pool gives.
std::vector<Place> take_all(SharePool& pool, const Caller& caller) {
  std::vector<Place> places;
  ShareRefusal refusal{};
  while (Place place = pool.try_take(caller, refusal)) places.push_back(std::move(place));
  return places;
}

TEST(SharePool, GivesOneAddressItsShareAndTheOthersTheirs) {
  SharePool pool("test", {.places = 10, .per_account = 2, .per_address = 4});
  const Caller greedy = Caller::of_address("192.0.2.1");
  const auto held = take_all(pool, greedy);
  EXPECT_EQ(held.size(), 4u);
  EXPECT_EQ(pool.take(greedy).error().code, Code::kShareExceeded);
  EXPECT_TRUE(pool.is_refused(greedy));
  EXPECT_TRUE(pool.take(Caller::of_address("192.0.2.2")));
}

TEST(SharePool, SixAccountsOfOneAddressAreOneCaller) {
  SharePool pool("test", {.places = 100, .per_account = 2, .per_address = 4});
  std::vector<Place> held;
  for (std::uint8_t account = 0; account < 6; ++account) {
    for (Place& place : take_all(pool, of_account(account, "192.0.2.1"))) {
      held.push_back(std::move(place));
    }
  }
  EXPECT_EQ(held.size(), 4u);
  EXPECT_EQ(take_all(pool, of_account(7, "192.0.2.2")).size(), 2u);
}

TEST(SharePool, OneAccountAtManyAddressesIsOneCaller) {
  SharePool pool("test", {.places = 100, .per_account = 2, .per_address = 4});
  std::vector<Place> held;
  for (const auto* address : {"192.0.2.1", "192.0.2.2", "2001:db8::1"}) {
    for (Place& place : take_all(pool, of_account(1, address))) held.push_back(std::move(place));
  }
  EXPECT_EQ(held.size(), 2u);
  EXPECT_EQ(pool.held_by(of_account(1, "192.0.2.9")), 2u);
}

TEST(SharePool, AWholeIpv6NetworkIsOneCaller) {
  SharePool pool("test", {.places = 100, .per_address = 4});
  std::vector<Place> held;
  for (int host = 1; host < 50; ++host) {
    ShareRefusal refusal{};
    Place place = pool.try_take(Caller::of_address("2001:db8::" + std::to_string(host)), refusal);
    if (place) held.push_back(std::move(place));
  }
  EXPECT_EQ(held.size(), 4u);
}

TEST(SharePool, IsOverloadedOnlyWhenAllTogetherHaveFilledIt) {
  SharePool pool("test", {.places = 8, .per_address = 4});
  const auto first = take_all(pool, Caller::of_address("192.0.2.1"));
  const auto second = take_all(pool, Caller::of_address("192.0.2.2"));
  EXPECT_EQ(pool.take(Caller::of_address("192.0.2.3")).error().code, Code::kOverloaded);
}

TEST(SharePool, ThisProgramIsHeldToNoShare) {
  SharePool pool("test", {.places = 8, .per_account = 1, .per_address = 1});
  EXPECT_EQ(take_all(pool, Caller{}).size(), 8u);
}

TEST(SharePool, APlaceIsGivenBackOnce) {
  SharePool pool("test", {.places = 1, .per_account = 1, .per_address = 1});
  const Caller caller = of_account(1, "192.0.2.1");
  for (int round = 0; round < 3; ++round) {
    Place place = *pool.take(caller);
    Place moved = std::move(place);
    place.release();
    EXPECT_FALSE(pool.take(caller));
    moved = Place();
    EXPECT_EQ(pool.load().held, 0u);
    EXPECT_EQ(pool.held_by(caller), 0u);
  }
}

TEST(SharePool, ARefusalOfTheAccountGivesBackWhatTheAddressWasGiven) {
  SharePool pool("test", {.places = 10, .per_account = 1, .per_address = 3});
  const Place held = *pool.take(of_account(1, "192.0.2.1"));
  for (int round = 0; round < 5; ++round) EXPECT_FALSE(pool.take(of_account(1, "192.0.2.1")));
  EXPECT_EQ(take_all(pool, Caller::of_address("192.0.2.1")).size(), 2u);
}

TEST(SharePool, CountsRefusalsByReasonAndKnowsTheLargestHolder) {
  SharePool pool("test", {.places = 6, .per_account = 2, .per_address = 4});
  const auto one = take_all(pool, of_account(1, "192.0.2.1"));
  const auto two = take_all(pool, Caller::of_address("192.0.2.1"));
  const auto three = take_all(pool, Caller::of_address("192.0.2.2"));
  const SharePool::Load load = pool.load();
  EXPECT_EQ(load.held, 6u);
  EXPECT_EQ(load.largest_of_address, 4u);
  EXPECT_EQ(load.refused, (std::array<std::uint64_t, 3>{1, 1, 1}));
}

TEST(SharePool, CountsExactlyUnderConcurrency) {
  SharePool pool("test", {.places = 64, .per_address = 16});
  std::atomic<std::size_t> most{0};
  {
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
      threads.emplace_back([&pool, &most, thread] {
        const Caller caller = of_account(static_cast<std::uint8_t>(thread), "192.0.2.1");
        for (int round = 0; round < 500; ++round) {
          const auto held = take_all(pool, caller);
          std::size_t seen = most.load();
          while (seen < held.size() && !most.compare_exchange_weak(seen, held.size())) {
          }
        }
      });
    }
  }
  EXPECT_LE(most.load(), 16u);
  EXPECT_EQ(pool.load().held, 0u);
  EXPECT_EQ(pool.load().largest_of_address, 0u);
}

}  // namespace
}  // namespace vigie::domain
