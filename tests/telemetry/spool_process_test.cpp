// The spool against what happens to processes and disks: kills, other processes, full and read-only
// disks.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <csignal>
#include <random>

#include "tests/telemetry/spool_directories.hpp"

namespace vigie::telemetry {
namespace {

constexpr int kSkipped = 77;

EncodedBatch batch(int number, std::size_t size = 1000) {
  return {std::to_string(number) + ":" + noise(size, static_cast<std::uint32_t>(number)), 1};
}

int number_of(const std::string& payload) { return std::stoi(payload); }

class SpoolProcessTest : public testing::Test {
 protected:
  SpoolOptions options() const {
    return {.directory = directory_.path() + "/spool/traces",
            .bytes_max = 64 << 20,
            .segment_bytes_max = 16 << 10};
  }

  TemporaryDirectory directory_;
};

/// Appends batch after batch and says each on `fd`, until it is killed.
[[noreturn]] void append_for_ever(const SpoolOptions& options, int fd) {
  Spool spool(options);
  for (int i = 0;; ++i) {
    if (!spool.append(batch(i)) || write(fd, &i, sizeof i) != sizeof i) _exit(1);
  }
}

/// Kills it after it has said a number of batches. Returns the last it said.
int kill_writer(const SpoolOptions& options, int after) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) return -1;
  const pid_t child = fork();
  if (child == 0) append_for_ever(options, ends[1]);
  close(ends[1]);
  int last = -1;
  while (last < after && read(ends[0], &last, sizeof last) == sizeof last) {
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  while (read(ends[0], &last, sizeof last) == sizeof last) {
  }
  close(ends[0]);
  return last;
}

TEST_F(SpoolProcessTest, KeepsWhatWasAppendedBeforeAKill) {
  const std::uint32_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 10; ++round) {
    const int last = kill_writer(options(), static_cast<int>(random() % 300));
    Spool spool(options());
    const auto replayed = drain(spool);
    const auto said = static_cast<std::size_t>(last + 1);
    ASSERT_GE(replayed.size(), said) << "seed " << seed;
    ASSERT_LE(replayed.size(), said + 1) << "seed " << seed;
    for (std::size_t i = 0; i < replayed.size(); ++i) EXPECT_EQ(number_of(replayed[i]), i);
  }
}

TEST_F(SpoolProcessTest, RepeatsOneBatchAfterAKillBetweenSendingAndMarking) {
  {
    Spool spool(options());
    for (int i = 0; i < 50; ++i) EXPECT_TRUE(spool.append(batch(i)));
  }
  int next = 0;
  for (int round = 0; round < 5; ++round) {
    const int code = in_child([&] {
      Spool spool(options());
      for (int i = 0; i < 7; ++i) {
        const auto front = spool.front();
        if (!front || number_of(front->bytes) != next + i) return 1;
        if (i == 6) raise(SIGKILL);
        spool.take_front();
      }
      return 0;
    });
    EXPECT_EQ(code, 128 + SIGKILL);
    next += 6;
  }
  Spool spool(options());
  EXPECT_EQ(drain(spool).size(), 50 - 30);
}

TEST_F(SpoolProcessTest, GivesEachProcessADirectoryAndAdoptsWhatIsLeft) {
  auto first = std::make_unique<Spool>(options());
  EXPECT_TRUE(first->append(batch(1)));
  Spool second(options());
  EXPECT_EQ(second.take_news().recovered_count, 0) << "the first is alive";
  EXPECT_TRUE(second.append(batch(2)));
  EXPECT_EQ(files_in(directory_.path() + "/spool/traces.1", ".spool").size(), 1);
  second.adopt();
  EXPECT_EQ(second.record_count(), 1);
  first.reset();
  second.adopt();
  EXPECT_EQ(second.take_news().recovered_count, 1);
  EXPECT_TRUE(second.append(batch(3)));
  std::vector<int> numbers;
  for (const std::string& payload : drain(second)) numbers.push_back(number_of(payload));
  EXPECT_EQ(numbers, (std::vector<int>{2, 1, 3}));
}

TEST_F(SpoolProcessTest, AdoptsAtStart) {
  {
    const Spool first(options());
    Spool second(options());
    for (int i = 0; i < 40; ++i) EXPECT_TRUE(second.append(batch(i)));
  }
  Spool third(options());
  EXPECT_EQ(third.take_news().recovered_count, 40);
  EXPECT_EQ(drain(third).size(), 40);
}

/// Exit code of a process whose files may not grow over `bytes`.
int within_file_size(rlim_t bytes, const std::function<int()>& body) {
  return in_child([&] {
    signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, bytes};
    return setrlimit(RLIMIT_FSIZE, &limit) == 0 ? body() : kSkipped;
  });
}

TEST_F(SpoolProcessTest, RefusesWhatTheDiskDoesNotTakeAndKeepsTheRest) {
  SpoolOptions large = options();
  large.segment_bytes_max = 4 << 20;
  EXPECT_EQ(within_file_size(5000,
                             [&] {
                               Spool spool(large);
                               int taken = 0;
                               while (taken < 10 && spool.append(batch(taken))) ++taken;
                               const bool is_refused =
                                   !spool.append(batch(9)) && !spool.fault().empty();
                               return taken == 4 && is_refused && spool.record_count() == 4 ? 0 : 1;
                             }),
            0);
  Spool spool(large);
  EXPECT_EQ(drain(spool).size(), 4);
  EXPECT_EQ(spool.take_news().corrupt_segment_count, 0) << "the half-written frame was taken back";
}

/// Exit code of a process that has a file system of its own, of `bytes`, at `place`.
int on_small_disk(const std::string& place, const std::string& bytes,
                  const std::function<int()>& body) {
  std::filesystem::create_directories(place);
  return in_child([&] {
    const int spaces = geteuid() == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
    if (unshare(spaces) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", place.c_str(), "tmpfs", 0, ("size=" + bytes).c_str()) != 0) {
      return kSkipped;
    }
    return body();
  });
}

TEST_F(SpoolProcessTest, WorksAgainWhenTheFullDiskHasRoom) {
  const int code = on_small_disk(directory_.path() + "/spool", "256k", [&] {
    Spool spool(options());
    int taken = 0;
    while (taken < 1000 && spool.append(batch(taken))) ++taken;
    if (taken < 100 || taken == 1000) return 1;
    if (spool.fault().find("No space left") == std::string::npos) return 2;
    // Taking is marked in place, which needs no room; whole segments then leave.
    for (int i = 0; i < 60; ++i) {
      if (number_of(spool.front()->bytes) != i) return 3;
      spool.take_front();
    }
    for (int i = 0; i < 30; ++i) {
      if (!spool.append(batch(taken + i))) return 4;
    }
    const auto rest = drain(spool);
    for (std::size_t i = 0; i < rest.size(); ++i) {
      if (number_of(rest[i]) != static_cast<int>(60 + i)) return 5;
    }
    return static_cast<int>(rest.size()) == taken + 30 - 60 ? 0 : 6;
  });
  if (code == kSkipped) GTEST_SKIP() << "no right to mount a small disk";
  EXPECT_EQ(code, 0);
}

TEST_F(SpoolProcessTest, LeavesAReadOnlyDiskAloneUntilItIsWritable) {
  const std::string place = directory_.path() + "/spool";
  const int code = on_small_disk(place, "256k", [&] {
    for (int i = 0; i < 20; ++i) {
      if (!Spool(options()).append(batch(i))) return 1;
    }
    const auto remount = [&](unsigned long flags) {
      return mount(nullptr, place.c_str(), nullptr, MS_REMOUNT | flags, nullptr) == 0;
    };
    if (!remount(MS_RDONLY)) return 2;
    Spool spool(options());
    // What could not be marked as taken would come again at each start.
    if (spool.append(batch(20)) || spool.front()) return 3;
    if (spool.fault().find("Read-only file system") == std::string::npos) return 4;
    if (!remount(0)) return 5;
    if (!spool.append(batch(20)) || spool.take_news().recovered_count != 20) return 6;
    return drain(spool).size() == 21 ? 0 : 7;
  });
  if (code == kSkipped) GTEST_SKIP() << "no right to mount a small disk";
  EXPECT_EQ(code, 0);
}

TEST_F(SpoolProcessTest, TriesADirectoryAgainThatCannotBeHad) {
  write_file(directory_.path() + "/spool", "a file where the directory should be");
  Spool spool(options());
  EXPECT_FALSE(spool.append(batch(1)));
  EXPECT_NE(spool.fault(), "");
  EXPECT_FALSE(spool.front());
  std::filesystem::remove(directory_.path() + "/spool");
  EXPECT_TRUE(spool.append(batch(2)));
  EXPECT_EQ(drain(spool).size(), 1);
}

}  // namespace
}  // namespace vigie::telemetry
