#include "telemetry/ledger.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

std::uint64_t dropped(const Account& account, DropReason reason) {
  return account.dropped[static_cast<std::size_t>(reason)];
}

TEST(Ledger, FollowsRecordsThroughTheSpool) {
  Ledger ledger;
  ledger.recovered(Signal::kLogs, 100);
  EXPECT_EQ(ledger.account(Signal::kLogs).created, 100) << "new to this process";
  ledger.queued(Signal::kLogs, 50);
  ledger.spooled(Signal::kLogs, 40);
  ledger.replayed(Signal::kLogs, 120);
  ledger.dropped_from_spool(Signal::kLogs, 5, DropReason::kSpoolEvicted);
  ledger.dropped_from_spool(Signal::kLogs, 3, DropReason::kSpoolCorrupt);
  const Account account = ledger.account(Signal::kLogs);
  EXPECT_EQ(account.created, 150);
  EXPECT_EQ(account.exported, 120);
  EXPECT_EQ(account.queued, 10);
  EXPECT_EQ(account.spooled, 12);
  EXPECT_EQ(dropped(account, DropReason::kSpoolEvicted), 5);
  EXPECT_EQ(dropped(account, DropReason::kSpoolCorrupt), 3);
  EXPECT_TRUE(account.is_balanced());
  EXPECT_EQ(ledger.account(Signal::kTraces).created, 0);
}

TEST(Ledger, IsBalancedAtEveryLook) {
  Ledger ledger;
  std::atomic<bool> is_done{false};
  std::vector<std::jthread> writers = start_threads(3, [&] {
    while (!is_done) {
      ledger.queued(Signal::kTraces, 4);
      ledger.spooled(Signal::kTraces, 3);
      ledger.replayed(Signal::kTraces, 2);
      ledger.dropped(Signal::kTraces, 1, DropReason::kSpoolFailed);
      ledger.dropped_from_spool(Signal::kTraces, 1, DropReason::kRejected);
    }
  });
  for (int i = 0; i < 2000; ++i) EXPECT_TRUE(ledger.account(Signal::kTraces).is_balanced());
  is_done = true;
}

}  // namespace
}  // namespace vigie::telemetry
