#include "server/blob/disk_blob_store.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>

#include "server/blob/file_calls.hpp"
#include "tests/blob/blob_fixture.hpp"
#include "tests/fakes/fake_cpu_pool.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::blob::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMiB = std::size_t{1024} * 1024;

class DiskBlob : public ::testing::Test {
 protected:
  fs::path root() const { return directory_.path() / "store"; }
  void run(const std::function<void()>& body) { reactors_.run(body); }
  static std::size_t files_in(const fs::path& directory) {
    std::error_code none;
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(directory, none), fs::directory_iterator()));
  }

  fakes::TemporaryDirectory directory_;
  Reactors reactors_;
  DiskBlobStore store_{reactors_.pool(), root().string()};
};

TEST_F(DiskBlob, IsBusyWhileAPartIsWritten) {
  run([&] {
    const auto receipt = write_part(store_, {"uploads/a", 1, 0, 5}, "first");
    VIGIE_ASSERT_OK(receipt);
    const domain::JoinPlan plan{"uploads/a", {*receipt}};
    auto sink = store_.write_part(within(10s), {"uploads/a", 2, 5, 5});
    VIGIE_ASSERT_OK(sink);
    EXPECT_EQ(code_of(store_.hash(within(10s), plan)), "upload_busy");
    EXPECT_EQ(code_of(store_.join(within(10s), plan, "tests/a")), "upload_busy");
    EXPECT_EQ(code_of(store_.write_part(within(10s), {"uploads/a", 2, 5, 5})), "upload_busy");
    // Another store on the same directory is another process as far as locks go.
    DiskBlobStore other(reactors_.pool(), root().string());
    EXPECT_EQ(code_of(other.write_part(within(10s), {"uploads/a", 2, 5, 5})), "upload_busy");
    VIGIE_ASSERT_OK(other.write_part(within(10s), {"uploads/a", 3, 10, 5}));
    sink->reset();
    VIGIE_ASSERT_OK(store_.join(within(10s), plan, "tests/a"));
    EXPECT_EQ(*read(store_, "tests/a", 0, 5), "first");
  });
}

/// What an upload's content takes of the disk.
std::uint64_t bytes_on_disk(const fs::path& root) {
  struct stat status {};
  const fs::path file = root / "objects" / "uploads" / "a+" / "content";
  EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

TEST_F(DiskBlob, APartThatFailsGivesItsBytesBackAtOnce) {
  run([&] {
    const domain::PartPlace second{"uploads/a", 2, kMiB, 2 * kMiB};
    const auto first = write_part(store_, {"uploads/a", 1, 0, kMiB}, content(kMiB, 1));
    VIGIE_ASSERT_OK(first);
    EXPECT_GE(bytes_on_disk(root()), kMiB);
    {
      auto gone = store_.write_part(within(10s), second);
      VIGIE_ASSERT_OK(gone);
      VIGIE_ASSERT_OK((*gone)->write(content(2 * kMiB, 2)));
    }
    EXPECT_LT(bytes_on_disk(root()), kMiB + kMiB / 2) << "left without a commit";
    VIGIE_ASSERT_OK(store_.join(within(10s), {"uploads/a", {*first}}, "tests/a"));
    EXPECT_EQ(*read(store_, "tests/a", 0, kMiB), content(kMiB, 1));
  });
}

TEST_F(DiskBlob, AListGivesBackWhatAKilledProcessHasLeft) {
  run([&] {
    const auto second = write_part(store_, {"uploads/a", 2, kMiB, kMiB}, content(kMiB, 1));
    VIGIE_ASSERT_OK(second);
    {
      std::fstream file(root() / "objects/uploads/a+/content", std::ios::in | std::ios::out);
      file << content(kMiB, 2);
      file.seekp(2 * kMiB);
      file << content(kMiB, 3);
    }
    EXPECT_GE(bytes_on_disk(root()), 3 * kMiB);
    {
      auto busy = store_.write_part(within(10s), {"uploads/a", 3, 2 * kMiB, kMiB});
      VIGIE_ASSERT_OK(busy);
      VIGIE_ASSERT_OK(store_.list(within(10s), "uploads/", "", 10));
      EXPECT_GE(bytes_on_disk(root()), 2 * kMiB) << "somebody writes to it";
    }
    VIGIE_ASSERT_OK(store_.list(within(10s), "uploads/", "", 10));
    EXPECT_LT(bytes_on_disk(root()), kMiB + kMiB / 2);
    const auto first = write_part(store_, {"uploads/a", 1, 0, kMiB}, content(kMiB, 4));
    VIGIE_ASSERT_OK(first);
    VIGIE_ASSERT_OK(store_.join(within(10s), {"uploads/a", {*first, *second}}, "tests/a"));
    EXPECT_EQ(*read(store_, "tests/a", 0, 2 * kMiB), content(kMiB, 4) + content(kMiB, 1));
  });
}

TEST_F(DiskBlob, AnAbandonedUploadTakesNoMore) {
  run([&] {
    auto sink = store_.write_part(within(10s), {"uploads/a", 1, 0, 5});
    VIGIE_ASSERT_OK(sink);
    VIGIE_ASSERT_OK(store_.abandon(within(10s), "uploads/a"));
    const auto anew = write_part(store_, {"uploads/a", 1, 0, 5}, "newer");
    VIGIE_ASSERT_OK(anew);
    VIGIE_ASSERT_OK((*sink)->write("older"));
    EXPECT_EQ(code_of((*sink)->commit()), "not_found");
    VIGIE_ASSERT_OK(store_.join(within(10s), {"uploads/a", {*anew}}, "tests/a"));
    EXPECT_EQ(*read(store_, "tests/a", 0, 5), "newer");
  });
}

TEST(DiskBlobLeftBehind, AWriteThatItsCallerLeftKeepsTheUploadBusy) {
  const fakes::TemporaryDirectory directory;
  fakes::FakeCpuPool pool;
  DiskBlobStore store(pool, directory.path().string());
  const auto receipt = write_part(store, {"uploads/a", 1, 0, 5}, "first");
  VIGIE_ASSERT_OK(receipt);
  auto sink = store.write_part(within(10s), {"uploads/a", 1, 0, 5});
  VIGIE_ASSERT_OK(sink);
  VIGIE_ASSERT_OK((*sink)->write("later"));
  pool.answer_with(net::CpuPool::Outcome::kTimedOut);
  EXPECT_EQ(code_of((*sink)->commit()), "deadline_exceeded");
  sink->reset();
  pool.answer_with(net::CpuPool::Outcome::kDone);
  const domain::JoinPlan plan{"uploads/a", {*receipt}};
  EXPECT_EQ(code_of(store.join(within(10s), plan, "tests/a")), "upload_busy");
  pool.run_kept();
  // It has come to its end: the part that was begun again is struck out, and no object is touched.
  EXPECT_EQ(code_of(store.join(within(10s), plan, "tests/a")), "not_found");
}

TEST(DiskBlobLeftBehind, AFullQueueIsOverload) {
  const fakes::TemporaryDirectory directory;
  fakes::FakeCpuPool pool;
  DiskBlobStore store(pool, directory.path().string());
  pool.answer_with(net::CpuPool::Outcome::kRefused);
  EXPECT_EQ(code_of(store.put(within(10s), "tests/a", "x")), "overloaded");
}

TEST_F(DiskBlob, APartOfAnotherSizeStrikesOutWhatItOverlaps) {
  run([&] {
    const auto first = write_part(store_, {"uploads/a", 1, 0, 10}, "0123456789");
    const auto second = write_part(store_, {"uploads/a", 2, 10, 5}, "abcde");
    VIGIE_ASSERT_OK(first);
    VIGIE_ASSERT_OK(second);
    VIGIE_ASSERT_OK(store_.hash(within(10s), {"uploads/a", {*first, *second}}));
    const auto longer = write_part(store_, {"uploads/a", 1, 0, 12}, "0123456789XY");
    VIGIE_ASSERT_OK(longer);
    EXPECT_EQ(code_of(store_.hash(within(10s), {"uploads/a", {*longer, *second}})), "not_found");
    // And what lies behind the last part of the plan is no part of the object.
    VIGIE_ASSERT_OK(store_.join(within(10s), {"uploads/a", {*longer}}, "tests/a"));
    EXPECT_EQ((**store_.find(within(10s), "tests/a")).bytes, 12U);
  });
}

TEST_F(DiskBlob, AJoinMakesTheObjectYoung) {
  run([&] {
    const auto receipt = write_part(store_, {"uploads/a", 1, 0, 5}, "first");
    VIGIE_ASSERT_OK(receipt);
    fs::last_write_time(root() / "objects/uploads/a+/content",
                        fs::file_time_type::clock::now() - std::chrono::hours(48));
    VIGIE_ASSERT_OK(store_.join(within(10s), {"uploads/a", {*receipt}}, "tests/a"));
    const auto found = store_.find(within(10s), "tests/a");
    VIGIE_ASSERT_OK(found);
    EXPECT_GT((**found).modified_at, std::chrono::system_clock::now() - 1min);
  });
}

/// What a join that was cut off after its rename leaves.
TEST_F(DiskBlob, AnUploadBeginsAnewOverTheRestOfAnotherOne) {
  run([&] {
    const auto before = write_part(store_, {"uploads/a", 1, 0, 5}, "first");
    VIGIE_ASSERT_OK(before);
    fs::create_directories(root() / "objects/tests");
    fs::rename(root() / "objects/uploads/a+/content", root() / "objects/tests/a");
    VIGIE_ASSERT_OK(store_.join(within(10s), {"uploads/a", {*before}}, "tests/a"));
    const auto listed = store_.list(within(10s), "uploads/", "", 10);
    VIGIE_ASSERT_OK(listed);
    ASSERT_EQ(listed->size(), 1U);  // for the sweeper
    const auto anew = write_part(store_, {"uploads/a", 2, 5, 5}, "other");
    VIGIE_ASSERT_OK(anew);
    EXPECT_EQ(code_of(store_.hash(within(10s), {"uploads/a", {*before, *anew}})), "not_found");
    VIGIE_ASSERT_OK(store_.abandon(within(10s), "uploads/a"));
    EXPECT_EQ(files_in(root() / "objects/uploads"), 0U);
    EXPECT_EQ(*read(store_, "tests/a", 0, 5), "first");
  });
}

TEST_F(DiskBlob, ListsNoForeignFilesAndRemovesWhatTheDeadLeft) {
  run([&] {
    VIGIE_ASSERT_OK(store_.put(within(10s), "tests/a", "x"));
    std::ofstream(root() / "objects/tests/Foreign") << "x";
    std::ofstream(root() / "objects/tests/.hidden") << "x";
    fs::create_symlink("/etc/passwd", root() / "objects/tests/link");
    std::ofstream(root() / "temporary/dead") << "x";
    const int alive = ::open((root() / "temporary/alive").c_str(), O_CREAT | O_RDWR, 0600);
    ASSERT_EQ(::flock(alive, LOCK_EX), 0);
    const auto listed = store_.list(within(10s), "tests/", "", 10);
    VIGIE_ASSERT_OK(listed);
    ASSERT_EQ(listed->size(), 1U);
    EXPECT_EQ(listed->front().key, "tests/a");
    EXPECT_EQ(code_of(store_.open(within(10s), "tests/link", 0, 1)), "unavailable");
    EXPECT_FALSE(store_.find(within(10s), "tests/link")->has_value());
    EXPECT_FALSE(fs::exists(root() / "temporary/dead"));
    EXPECT_TRUE(fs::exists(root() / "temporary/alive"));
    ::close(alive);
  });
}

TEST_F(DiskBlob, TakesLittleMemoryForAnyPart) {
  const auto resident = [] {
    std::ifstream statm("/proc/self/statm");
    std::size_t size = 0;
    std::size_t pages = 0;
    statm >> size >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  };
  run([&] {
    const std::string portion = content(kMiB, 1);
    auto sink = store_.write_part(within(60s), {"uploads/a", 1, 0, 64 * kMiB});
    VIGIE_ASSERT_OK(sink);
    VIGIE_ASSERT_OK((*sink)->write(portion));
    const std::size_t before = resident();
    for (int i = 1; i < 64; ++i) VIGIE_ASSERT_OK((*sink)->write(portion));
    const auto receipt = (*sink)->commit();
    VIGIE_ASSERT_OK(receipt);
    // The sink is still there, and holds nothing any more.
    VIGIE_ASSERT_OK(store_.hash(within(60s), {"uploads/a", {*receipt}}));
    EXPECT_LT(resident(), before + 16 * kMiB);
  });
}

/// Everything that writes, on a disk that does not take it: refused, told in detail, nothing left.
void expect_refused(DiskBlobStore& store, const fs::path& root, const std::string& why,
                    std::string_view code = "unavailable") {
  const std::string bytes = content(4 * kMiB, 2);
  const auto put = store.put(within(10s), "tests/large", bytes);
  EXPECT_EQ(code_of(put), code);
  EXPECT_NE(detail_of(put).find(why), std::string::npos) << detail_of(put);
  const auto part = write_part(store, {"uploads/large", 1, 0, bytes.size()}, bytes);
  EXPECT_EQ(code_of(part), code);
  EXPECT_NE(detail_of(part).find(why), std::string::npos) << detail_of(part);
  if (!part) {
    EXPECT_EQ(part.error().message.find(root.string()), std::string::npos);
  }
  const auto found = store.find(within(10s), "tests/large");
  EXPECT_FALSE(found && *found);
  VIGIE_ASSERT_OK(store.abandon(within(10s), "uploads/large"));
  std::error_code none;
  EXPECT_TRUE(!fs::exists(root / "temporary", none) || fs::is_empty(root / "temporary", none));
}

TEST_F(DiskBlob, AFileThatMayNotGrowIsUnavailable) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{kMiB, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  run([&] { expect_refused(store_, root(), "File too large"); });
  ::setrlimit(RLIMIT_FSIZE, &before);
  run([&] { VIGIE_ASSERT_OK(store_.put(within(10s), "tests/large", content(2 * kMiB, 3))); });
}

TEST_F(DiskBlob, AFullDiskIsSaidToBeFull) {
  fs::create_directories(root());
  if (::mount("tmpfs", root().c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "no small disk can be mounted here: needs root";
  }
  run([&] { expect_refused(store_, root(), "No space left on device", "storage_full"); });
  run([&] {
    const auto free = store_.free_bytes(within(10s));
    VIGIE_ASSERT_OK(free);
    EXPECT_GT(*free, std::uint64_t{kMiB});
    EXPECT_LE(*free, std::uint64_t{2 * kMiB});
    VIGIE_ASSERT_OK(store_.put(within(10s), "tests/half", content(kMiB, 5)));
    EXPECT_LE(**store_.free_bytes(within(10s)), **free - kMiB);
  });
  run([&] { VIGIE_ASSERT_OK(store_.put(within(10s), "tests/small", "x")); });
  EXPECT_EQ(::umount(root().c_str()), 0);
}

TEST_F(DiskBlob, AQuotaOfTheFileSystemIsAFullDisk) {
  EXPECT_EQ(file_error("write", "x", EDQUOT).code, domain::Code::kStorageFull);
  EXPECT_EQ(file_error("write", "x", EIO).code, domain::Code::kUnavailable);
}

TEST_F(DiskBlob, ADirectoryWithoutPermissionIsUnavailable) {
  const bool is_root = ::geteuid() == 0;
  constexpr uid_t kNobody = 65534;
  if (is_root) {
    fs::permissions(directory_.path(), fs::perms::all);
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  run([&] { VIGIE_ASSERT_OK(store_.put(within(10s), "first/a", "x")); });
  const auto allow = [this](fs::perms permissions) {
    for (const char* name : {"objects", "temporary"}) {
      fs::permissions(root() / name, permissions);
    }
  };
  allow(static_cast<fs::perms>(0555));
  run([&] { expect_refused(store_, root(), "Permission denied"); });
  allow(fs::perms::owner_all);
  run([&] { VIGIE_ASSERT_OK(store_.put(within(10s), "tests/a", "x")); });
  if (is_root) {
    ASSERT_EQ(::seteuid(0), 0);
  }
}

}  // namespace
}  // namespace vigie::blob::testing
