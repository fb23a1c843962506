#include "server/app/processors.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "server/app/options.hpp"
#include "tests/fakes/temporary_directory.hpp"

namespace vigie::app {
namespace {

namespace fs = std::filesystem;

/// Control groups as files in a directory of their own.
class Processors : public ::testing::Test {
 protected:
  void write(const fs::path& file, std::string_view text) {
    fs::create_directories((root() / file).parent_path());
    std::ofstream(root() / file) << text;
  }
  fs::path root() const { return directory_.path(); }
  CgroupFiles files() const { return {.mount = root() / "mount", .membership = root() / "self"}; }

  fakes::TemporaryDirectory directory_;
};

TEST_F(Processors, AreThoseOfTheAffinityWithoutAQuota) {
  EXPECT_FALSE(cpu_quota(files()).has_value());
  write("self", "0::/\n");
  write("mount/cpu.max", "max 100000\n");
  EXPECT_FALSE(cpu_quota(files()).has_value());
  cpu_set_t set;
  ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
  EXPECT_EQ(usable_processors(files()), static_cast<std::size_t>(CPU_COUNT(&set)));
}

TEST_F(Processors, AreNoMoreThanTheQuotaPaysFor) {
  write("self", "0::/\n");
  write("mount/cpu.max", "50000 100000\n");
  EXPECT_DOUBLE_EQ(cpu_quota(files()).value_or(0), 0.5);
  EXPECT_EQ(usable_processors(files()), 1u);
}

TEST_F(Processors, TakeTheSmallestQuotaOnTheWayUp) {
  write("self", "0::/outer/inner\n");
  write("mount/cpu.max", "max 100000\n");
  write("mount/outer/cpu.max", "150000 100000\n");
  write("mount/outer/inner/cpu.max", "400000 100000\n");
  EXPECT_DOUBLE_EQ(cpu_quota(files()).value_or(0), 1.5);
}

TEST_F(Processors, ReadTheFirstVersionToo) {
  write("self", "5:memory:/x\n4:cpu,cpuacct:/docker/abc\n0::/\n");
  write("mount/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
  write("mount/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  write("mount/cpu,cpuacct/docker/abc/cpu.cfs_quota_us", "75000\n");
  write("mount/cpu,cpuacct/docker/abc/cpu.cfs_period_us", "50000\n");
  EXPECT_DOUBLE_EQ(cpu_quota(files()).value_or(0), 1.5);
}

TEST_F(Processors, DoNotSeeAPathThatIsHiddenFromAContainer) {
  write("self", "0::/../../elsewhere\n");
  write("mount/cpu.max", "garbage\n");
  EXPECT_FALSE(cpu_quota(files()).has_value());
  EXPECT_GE(usable_processors(files()), 1u);
}

/// A thread of its own: what it is pinned to ends with it.
TEST_F(Processors, AreThoseThatTheProcessIsPinnedTo) {
  std::size_t count = 0;
  std::thread([&] {
    cpu_set_t set;
    ASSERT_EQ(::sched_getaffinity(0, sizeof set, &set), 0);
    int first = 0;
    while (!CPU_ISSET(first, &set)) ++first;
    CPU_ZERO(&set);
    CPU_SET(first, &set);
    ASSERT_EQ(::sched_setaffinity(0, sizeof set, &set), 0);
    count = usable_processors(files());
  }).join();
  EXPECT_EQ(count, 1u);
}

TEST_F(Processors, BoundReactorsTogetherWithTheConnectionsOfTheProcess) {
  Config config;
  config.database_connections_max = 14;  // two reactors, of five connections each, and four more
  EXPECT_LE(public_runtime_options(config).reactor_count, 2u);
  config.database_connections_max = 4;
  EXPECT_EQ(public_runtime_options(config).reactor_count, 1u);
  config.reactors = 7;  // who says a number is taken at his word
  EXPECT_EQ(public_runtime_options(config).reactor_count, 7u);
}

}  // namespace
}  // namespace vigie::app
