#include "server/domain/storage_room.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace vigie::domain {
namespace {

TEST(StorageRoom, OfNoTotalAndAStoreThatSaysNothingHasNoEnd) {
  StorageRoom room(0);
  room.counted(1'000, 0);
  EXPECT_TRUE(room.reserve(std::uint64_t{1} << 60));
  EXPECT_TRUE(room.fits(std::uint64_t{1} << 60));
}

TEST(StorageRoom, KeepsWhatWasReservedWhileItWasCounted) {
  StorageRoom room(100);
  EXPECT_TRUE(room.reserve(40));
  const auto before = room.reserved();
  EXPECT_TRUE(room.reserve(30));
  room.counted(40, before);
  EXPECT_FALSE(room.reserve(31));
  EXPECT_TRUE(room.reserve(30));
  room.counted(100, room.reserved());
  EXPECT_FALSE(room.reserve(1));
  room.counted(90, room.reserved());
  EXPECT_TRUE(room.reserve(10));
}

TEST(StorageRoom, OfATotalThatWasLoweredIsNone) {
  StorageRoom room(100);
  room.counted(500, 0);
  EXPECT_FALSE(room.reserve(1));
  EXPECT_TRUE(room.reserve(0));
}

TEST(StorageRoom, IsWhatTheStoreHasFreeAsFarAsThatIsKnown) {
  StorageRoom room(100);
  room.has_free(20);
  const auto refused = room.reserve(21);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kStorageFull);
  EXPECT_EQ(refused.error().message, "The store has 20 bytes free; this needs 21.");
  EXPECT_FALSE(room.fits(21));
  EXPECT_TRUE(room.reserve(20));
  room.has_free(std::nullopt);
  EXPECT_TRUE(room.reserve(80));
}

TEST(StorageRoom, OfManyAtOnceLetsNoneBeyondTheTotal) {
  StorageRoom room(1'000);
  std::atomic<int> admitted{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int j = 0; j < 500; ++j) admitted += room.reserve(3) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(admitted, 333);
  room.give_back(3);
  EXPECT_TRUE(room.reserve(4));
}

}  // namespace
}  // namespace vigie::domain
