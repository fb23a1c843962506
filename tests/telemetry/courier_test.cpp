#include "telemetry/pipeline/courier.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "telemetry/clock.hpp"
#include "tests/fakes/captured_telemetry.hpp"
#include "tests/telemetry/fake_exporter.hpp"
#include "tests/telemetry/spool_directories.hpp"
#include "tests/telemetry/threads.hpp"

namespace vigie::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Numbers = std::vector<std::uint32_t>;

/// Blocks whoever opens the file for writing, until it is given up (fcntl(2), F_SETLEASE).
class ReadLease {
 public:
  explicit ReadLease(const std::string& path)
      : signal_before_(std::signal(SIGIO, SIG_IGN)), file_(::open(path.c_str(), O_RDONLY)) {
    is_held_ = ::fcntl(file_, F_SETLEASE, F_RDLCK) == 0;
  }
  ReadLease(ReadLease&&) = delete;
  ~ReadLease() {
    ::fcntl(file_, F_SETLEASE, F_UNLCK);
    ::close(file_);
    std::signal(SIGIO, signal_before_);
  }
  bool is_held() const { return is_held_; }
  bool has_a_waiter() const { return ::fcntl(file_, F_GETLEASE) == F_UNLCK; }

 private:
  void (*signal_before_)(int);
  int file_;
  bool is_held_ = false;
};

class CourierTest : public testing::Test {
 protected:
  CourierTest() {
    options_.retry = {milliseconds(1), milliseconds(4)};
    options_.replay_bytes_per_second = std::uint64_t{1} << 40;
    options_.spool = SpoolOptions{.directory = place(), .bytes_max = 1 << 20};
  }

  std::string place() const { return directory_.path() + "/traces"; }
  void start() {
    courier_.emplace(options_, *exporter_, clock_, told_.ledger);
    courier_->start(told_.log);
  }
  /// As a process that ends and the next one.
  void start_again() {
    courier_->stop();
    courier_.reset();
    exporter_.emplace();
    start();
  }
  /// A batch of as many records as its number.
  void give(std::uint32_t number, std::size_t size = 10) {
    told_.ledger.queued(Signal::kTraces, number);
    courier_->give({std::to_string(number) + ":" + noise(size, number), number});
  }
  Numbers taken() {
    Numbers numbers;
    for (const std::string& batch : exporter_->taken()) {
      numbers.push_back(static_cast<std::uint32_t>(std::stoul(batch)));
    }
    return numbers;
  }
  Account account() const {
    const Account account = told_.ledger.account(Signal::kTraces);
    EXPECT_TRUE(account.is_balanced());
    return account;
  }
  std::uint64_t dropped(DropReason reason) const {
    return account().dropped[static_cast<std::size_t>(reason)];
  }
  bool waits_for(const std::function<bool()>& holds) const {
    for (const std::uint64_t end = clock_.monotonic_ns() + 20'000'000'000U; !holds();) {
      if (clock_.monotonic_ns() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  std::size_t lines_with(const std::string& event) {
    std::size_t count = 0;
    for (const std::string& line : told_.log_lines()) {
      if (line.find("\"" + event + "\"") != std::string::npos) ++count;
    }
    return count;
  }

  TemporaryDirectory directory_;
  CourierOptions options_;
  SystemClock clock_;
  fakes::CapturedTelemetry told_;
  std::optional<FakeExporter> exporter_{std::in_place};
  std::optional<Courier> courier_;
};

TEST_F(CourierTest, SendsWhatIsGiven) {
  start();
  for (std::uint32_t i = 1; i <= 5; ++i) give(i);
  EXPECT_TRUE(courier_->flush(seconds(20)));
  EXPECT_TRUE(waits_for([this] { return account().exported == 15; }));
  EXPECT_EQ(taken().size(), 5);
}

TEST_F(CourierTest, WritesNothingWhileTheBackEndTakesAll) {
  start();
  give(1);
  EXPECT_TRUE(courier_->flush(seconds(20)));
  EXPECT_EQ(taken(), Numbers{1});
  EXPECT_TRUE(files_in(place(), ".spool").empty());
}

TEST_F(CourierTest, SpoolsWhileTheBackEndIsAwayAndReplaysInOrder) {
  exporter_->will_usually_answer(not_now());
  start();
  give(1);
  ASSERT_TRUE(waits_for([this] { return account().spooled == 1; }));
  for (std::uint32_t i = 2; i <= 30; ++i) give(i);
  EXPECT_TRUE(courier_->flush(seconds(20))) << "what is on disk is dealt with";
  EXPECT_EQ(account().spooled, 465);
  EXPECT_EQ(account().queued, 0);
  EXPECT_GT(courier_->spool_bytes(), 0);
  exporter_->will_usually_answer({.status = ExportOutcome::Status::kTaken});
  ASSERT_TRUE(waits_for([this] { return account().exported == 465; }));
  Numbers expected;
  for (std::uint32_t i = 1; i <= 30; ++i) expected.push_back(i);
  EXPECT_EQ(taken(), expected);
  EXPECT_EQ(account().spooled, 0);
  EXPECT_EQ(lines_with("telemetry.export_failed"), 1);
  EXPECT_EQ(lines_with("telemetry.export_recovered"), 1);
}

TEST_F(CourierTest, TriesTheOldestAfterGrowingPauses) {
  options_.retry = {milliseconds(20), milliseconds(1000)};
  exporter_->will_answer({not_now(), not_now(), not_now()});
  start();
  const std::uint64_t before = clock_.monotonic_ns();
  give(1);
  EXPECT_TRUE(exporter_->wait_for_taken(1));
  EXPECT_EQ(exporter_->batch_bytes().size(), 4);
  EXPECT_GE(clock_.monotonic_ns() - before, (10 + 20 + 40) * 1'000'000U);
}

TEST_F(CourierTest, WaitsAtLeastWhatTheBackEndAsks) {
  ExportOutcome busy = not_now();
  busy.retry_after = milliseconds(60);
  exporter_->will_answer({busy});
  start();
  const std::uint64_t before = clock_.monotonic_ns();
  give(1);
  EXPECT_TRUE(exporter_->wait_for_taken(1));
  EXPECT_GE(clock_.monotonic_ns() - before, 60'000'000);
}

TEST_F(CourierTest, ReplaysAtABoundedRateBesideFreshBatches) {
  constexpr std::size_t kBatchBytes = 10'000;
  exporter_->will_usually_answer(not_now());
  start();
  for (std::uint32_t i = 1; i <= 20; ++i) give(i, kBatchBytes);
  EXPECT_TRUE(courier_->flush(seconds(20)));
  options_.replay_bytes_per_second = 500'000;
  start_again();
  const std::uint64_t before = clock_.monotonic_ns();
  ASSERT_TRUE(exporter_->wait_for_taken(2));
  give(100);
  ASSERT_TRUE(exporter_->wait_for_taken(21));
  EXPECT_GE(clock_.monotonic_ns() - before, 18 * kBatchBytes * 2000);
  const Numbers numbers = taken();
  const auto fresh = std::find(numbers.begin(), numbers.end(), 100);
  EXPECT_LT(fresh - numbers.begin(), 15) << "it does not wait for the whole spool";
}

TEST_F(CourierTest, SpoolsWhatIsNotSentAtTheEnd) {
  exporter_->hold(true);
  start();
  for (std::uint32_t i = 1; i <= 3; ++i) give(i);
  ASSERT_TRUE(exporter_->wait_for_calls(1));
  courier_->begin_stop();
  give(4);
  courier_->stop();
  EXPECT_EQ(account().spooled, 10);
  EXPECT_EQ(account().dropped_total(), 0);
  start_again();
  EXPECT_TRUE(exporter_->wait_for_taken(4));
  EXPECT_EQ(account().created, 20) << "to the next process they are new";
  EXPECT_EQ(lines_with("telemetry.spool_recovered"), 1);
}

TEST_F(CourierTest, SpoolsWhatIsOverTheOutbox) {
  exporter_->hold(true);
  start();
  give(1);
  ASSERT_TRUE(exporter_->wait_for_calls(1));
  for (std::uint32_t i = 2; i <= 20; ++i) give(i);
  EXPECT_TRUE(waits_for([this] { return account().queued <= 1 + 2 + 3 + 4 + 5; }));
  exporter_->hold(false);
  EXPECT_TRUE(exporter_->wait_for_taken(20));
}

TEST_F(CourierTest, LetsNobodyWaitForADiskThatBlocks) {
  exporter_->will_usually_answer(not_now());
  start();
  give(1);
  ASSERT_TRUE(waits_for([this] { return account().spooled == 1; }));
  courier_->stop();
  courier_.emplace(options_, *exporter_, clock_, told_.ledger);
  std::optional<ReadLease> blocking(files_in(place(), ".spool").at(0));
  if (!blocking->is_held()) GTEST_SKIP() << "no leases on this file system";
  courier_->start(told_.log);
  ASSERT_TRUE(waits_for([&] { return blocking->has_a_waiter(); }));
  const auto before = clock_.monotonic_ns();
  for (std::uint32_t i = 2; i <= Courier::kHeldMax; ++i) give(i);
  EXPECT_FALSE(courier_->flush(milliseconds(1)));
  courier_->begin_stop();
  EXPECT_LT(clock_.monotonic_ns() - before, 1'000'000'000U);
  EXPECT_TRUE(blocking->has_a_waiter()) << "the disk did not block all the time";
  blocking.reset();
  courier_->stop();
  EXPECT_EQ(account().spooled, 1 + 36);
  EXPECT_EQ(account().dropped_total(), 0);
}

TEST_F(CourierTest, DropsWhatIsRefusedAndGoesOn) {
  exporter_->will_answer({not_now(), {.status = ExportOutcome::Status::kRefused}});
  start();
  give(1);
  ASSERT_TRUE(waits_for([this] { return dropped(DropReason::kRejected) == 1; }));
  give(2);
  EXPECT_TRUE(waits_for([this] { return account().exported == 2; }));
  EXPECT_EQ(account().spooled, 0);
}

TEST_F(CourierTest, DropsASpooledBatchThatFailsForEverWhileOthersAreTaken) {
  options_.hold_up = {milliseconds(2), milliseconds(50), 3, milliseconds(20)};
  exporter_->will_never_take("1:");
  start();
  give(1);
  ASSERT_TRUE(waits_for([this] { return account().spooled == 1; }));
  std::uint32_t number = 10;
  ASSERT_TRUE(waits_for([&] {
    give(++number);
    std::this_thread::sleep_for(milliseconds(1));
    return dropped(DropReason::kRejected) > 0;
  }));
  EXPECT_TRUE(waits_for([this] { return account().queued + account().spooled == 0; }));
  EXPECT_EQ(dropped(DropReason::kRejected), 1);
  EXPECT_EQ(account().dropped_total(), 1);
  courier_->stop();
  EXPECT_EQ(taken().size(), number - 10);
  EXPECT_EQ(lines_with("telemetry.export_failed"), 2) << "the failure, and what it cost";
  EXPECT_EQ(lines_with("telemetry.export_recovered"), 1);
}

TEST_F(CourierTest, TriesWhatHoldsUpTheSpoolAfterGrowingPausesWhileNewOnesGo) {
  options_.retry = {milliseconds(4), milliseconds(1000)};
  options_.hold_up = {milliseconds(0), milliseconds(50), 6, milliseconds(0)};
  exporter_->will_never_take("1:");
  start();
  give(1);
  ASSERT_TRUE(waits_for([this] { return account().spooled == 1; }));
  std::uint32_t number = 10;
  const std::uint64_t before = clock_.monotonic_ns();
  ASSERT_TRUE(waits_for([&] {
    give(++number);
    std::this_thread::sleep_for(milliseconds(1));
    return dropped(DropReason::kRejected) > 0;
  }));
  EXPECT_GE(clock_.monotonic_ns() - before, (4 + 8 + 16 + 32 + 64) * 1'000'000U);
  EXPECT_TRUE(waits_for([this] { return account().queued + account().spooled == 0; }));
}

TEST_F(CourierTest, TriesTheOldestAndNewOnesInTurnAndGivesUpNoneInALongOutage) {
  options_.hold_up = {milliseconds(0), milliseconds(1), 1, milliseconds(0)};
  exporter_->will_usually_answer(not_now());
  start();
  std::uint32_t number = 0;
  ASSERT_TRUE(waits_for([&] {
    give(++number);
    std::this_thread::sleep_for(milliseconds(1));
    return exporter_->batch_bytes().size() > 50;
  }));
  EXPECT_TRUE(courier_->flush(seconds(20)));
  EXPECT_EQ(account().spooled, account().created);
  exporter_->will_usually_answer({.status = ExportOutcome::Status::kTaken});
  EXPECT_TRUE(waits_for([this] { return account().exported == account().created; }));
  EXPECT_EQ(taken().size(), number);
}

TEST_F(CourierTest, TriesTheOldestAgainWhenNoNewOneComes) {
  options_.hold_up = {milliseconds(0), milliseconds(20), 5, seconds(300)};
  exporter_->will_answer({not_now(), not_now(), not_now(), not_now()});
  start();
  give(1);
  EXPECT_TRUE(exporter_->wait_for_taken(1));
}

TEST_F(CourierTest, CountsPartialSuccessOfAReplay) {
  ExportOutcome partial{.status = ExportOutcome::Status::kTaken};
  partial.rejected_count = 3;
  exporter_->will_answer({not_now(), partial});
  start();
  give(10);
  EXPECT_TRUE(waits_for([this] { return dropped(DropReason::kRejected) == 3; }));
  EXPECT_EQ(account().exported, 7);
  EXPECT_EQ(account().spooled, 0);
}

TEST_F(CourierTest, EvictsTheOldestOfALongOutage) {
  options_.spool->bytes_max = 20'000;
  exporter_->will_usually_answer(not_now());
  start();
  give(1, 500);
  // Until then a batch that is being sent may reach the spool behind later ones.
  ASSERT_TRUE(waits_for([this] { return account().spooled == 1; }));
  for (std::uint32_t i = 2; i <= 300; ++i) give(i, 500);
  EXPECT_TRUE(courier_->flush(seconds(20)));
  EXPECT_GT(dropped(DropReason::kSpoolEvicted), 10'000);
  EXPECT_LE(courier_->spool_bytes(), 20'000);
  exporter_->will_usually_answer({.status = ExportOutcome::Status::kTaken});
  EXPECT_TRUE(waits_for([this] { return account().spooled == 0; }));
  EXPECT_EQ(taken().back(), 300);
}

TEST_F(CourierTest, TriesFromMemoryWhenTheDiskRefuses) {
  write_file(place(), "no directory");
  exporter_->will_answer({not_now(), not_now()});
  start();
  give(1);
  EXPECT_TRUE(exporter_->wait_for_taken(1));
  courier_->stop();
  EXPECT_EQ(account().exported, 1);
  EXPECT_EQ(lines_with("telemetry.spool_failed"), 1);
}

TEST_F(CourierTest, CountsWhatTheDiskRefusedWhenTheTimeIsOver) {
  write_file(place(), "no directory");
  options_.export_timeout = milliseconds(20);
  exporter_->will_usually_answer(not_now());
  start();
  for (std::uint32_t i = 1; i <= 10; ++i) give(i);
  courier_->stop();
  EXPECT_EQ(dropped(DropReason::kSpoolFailed), 55);
}

TEST_F(CourierTest, SetsADamagedSegmentAside) {
  exporter_->will_usually_answer(not_now());
  start();
  for (std::uint32_t i = 1; i <= 3; ++i) give(i, 100);
  EXPECT_TRUE(courier_->flush(seconds(20)));
  courier_->stop();
  const std::string path = files_in(place(), ".spool").at(0);
  std::string bytes = read_file(path);
  bytes[bytes.size() - 10] ^= 1;
  write_file(path, bytes);
  start_again();
  EXPECT_TRUE(exporter_->wait_for_taken(2));
  EXPECT_TRUE(waits_for([this] { return courier_->corrupt_segment_count() == 1; }));
  courier_->stop();
  EXPECT_GT(dropped(DropReason::kSpoolCorrupt), 0);
  EXPECT_EQ(lines_with("telemetry.spool_corrupt"), 1);
}

TEST_F(CourierTest, LosesNothingUnderLoadWhateverTheBackEndAnswers) {
  const std::uint32_t seed = std::random_device{}();
  std::mt19937 random(seed);
  std::deque<ExportOutcome> outcomes;
  for (int i = 0; i < 400; ++i) {
    outcomes.push_back(random() % 2 == 0 ? not_now()
                                         : ExportOutcome{ExportOutcome::Status::kTaken});
  }
  options_.retry = {milliseconds(0), milliseconds(1)};
  exporter_->will_answer(outcomes);
  start();
  std::atomic<std::uint32_t> next{1};
  std::vector<std::jthread> givers = start_threads(2, [&] {
    for (std::uint32_t number = next++; number <= 600; number = next++) give(number);
  });
  EXPECT_TRUE(waits_for([this] { return account().exported == 180'300; })) << "seed " << seed;
  givers.clear();
  EXPECT_EQ(account().dropped_total(), 0) << "seed " << seed;
  EXPECT_EQ(account().created, 180'300);
  Numbers numbers = taken();
  std::sort(numbers.begin(), numbers.end());
  ASSERT_EQ(numbers.size(), 600) << "seed " << seed;
  for (std::uint32_t i = 0; i < 600; ++i) EXPECT_EQ(numbers[i], i + 1);
}

}  // namespace
}  // namespace vigie::telemetry
