#include "server/process/child_process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>

#include "server/net/runtime.hpp"

namespace vigie::process {
namespace {

using namespace std::chrono_literals;

net::TimePoint soon() { return std::chrono::steady_clock::now() + 20s; }
net::TimePoint now() { return std::chrono::steady_clock::now(); }

Command shell(const std::string& script, std::vector<std::string> environment = {}) {
  return {.program = "/bin/sh",
          .arguments = {"-c", script},
          .environment = std::move(environment),
          .input = {}};
}

std::size_t open_descriptors() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(fds), end(fds)));
}

std::string read_all(ChildProcess& child) {
  std::string all;
  for (;;) {
    const auto bytes = child.read(soon());
    EXPECT_TRUE(bytes.ok());
    if (!bytes || bytes->empty()) return all;
    all += *bytes;
  }
}

/// A test whose body runs on a fiber.
class ChildProcesses : public ::testing::Test {
 protected:
  ~ChildProcesses() override { EXPECT_EQ(runtime_.uncaught_exceptions(), 0U); }
  void run(std::function<void()> body) { net::run_on_fiber(runtime_, 0, std::move(body)); }

  static std::unique_ptr<ChildProcess> start(Command command) {
    auto child = ChildProcess::start(std::move(command));
    EXPECT_TRUE(child.ok()) << (child ? "" : child.error().detail);
    return child ? std::move(*child) : nullptr;
  }

  net::Runtime runtime_{
      {.reactor_count = 1, .fiber_stack_bytes = std::size_t{256} * 1024, .name = "test"}};
};

TEST_F(ChildProcesses, AnswerWhatTheyReadUntilTheyEnd) {
  run([] {
    const auto child = start(shell("cat; echo done; exit 7"));
    EXPECT_TRUE(*child->write("one ", soon()));
    EXPECT_TRUE(*child->write("two ", soon()));
    child->close_input();
    EXPECT_EQ(read_all(*child), "one two done\n");
    const auto ending = child->wait(soon());
    ASSERT_TRUE(ending.ok());
    EXPECT_EQ(ending->exit_code, 7);
    EXPECT_EQ(ending->signal, 0);
    EXPECT_GT(ending->resident_bytes_max, 0U);
  });
}

TEST_F(ChildProcesses, TakeMoreThanAPipeHolds) {
  run([] {
    const auto child = start(shell("wc -c"));
    const std::string megabyte(1'000'000, 'x');
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(*child->write(megabyte, soon()));
    child->close_input();
    EXPECT_EQ(read_all(*child), "5000000\n");
  });
}

TEST_F(ChildProcesses, ReadAGivenDescriptor) {
  run([] {
    core::Descriptor file(::memfd_create("input", MFD_CLOEXEC));
    ASSERT_EQ(::pwrite(file.get(), "content", 7, 0), 7);
    Command command = shell("cat");
    command.input = std::move(file);
    const auto child = start(std::move(command));
    EXPECT_EQ(read_all(*child), "content");
  });
}

TEST_F(ChildProcesses, SeeTheEnvironmentThatTheyAreGivenAndNothingElse) {
  ::setenv("VIGIE_TEST_SECRET", "hidden", 1);
  run([] {
    const auto child = start({.program = "/usr/bin/env",
                              .arguments = {},
                              .environment = {"PGPASSWORD=open sesame"},
                              .input = {}});
    EXPECT_EQ(read_all(*child), "PGPASSWORD=open sesame\n");
  });
}

TEST_F(ChildProcesses, InheritNoDescriptor) {
  // As a library opens it that does not care.
  const int leaked = ::open("/dev/null", O_RDONLY);
  ASSERT_GE(leaked, 3);
  run([] {
    // The shell only waits meanwhile: no pipe of its own, and ls is not its last command, which
    // would take its place.
    const auto child = start(shell("ls /proc/$$/fd; true"));
    EXPECT_EQ(read_all(*child), "0\n1\n2\n");
  });
  ::close(leaked);
}

TEST_F(ChildProcesses, SayWhichSignalEndedThem) {
  run([] {
    const auto child = start(shell("kill -SEGV $$"));
    const auto ending = child->wait(soon());
    ASSERT_TRUE(ending.ok());
    EXPECT_EQ(ending->signal, SIGSEGV);
    EXPECT_EQ(ending->exit_code, -1);
  });
}

TEST_F(ChildProcesses, TakeNothingMoreOnceTheyAreGone) {
  run([] {
    const auto child = start(shell("exec true"));
    ASSERT_TRUE(child->wait(soon()).ok());
    const auto written = child->write("x", soon());
    ASSERT_TRUE(written.ok());
    EXPECT_FALSE(*written);
  });
}

TEST_F(ChildProcesses, KeepWhatTheySaidOnStandardErrorWithinABound) {
  run([] {
    const auto child = start(shell("echo first >&2; head -c 300000 /dev/zero >&2; echo out"));
    EXPECT_EQ(read_all(*child), "out\n");
    ASSERT_TRUE(child->wait(soon()).ok());
    EXPECT_TRUE(child->errors().starts_with("first\n"));
    EXPECT_EQ(child->errors().size(), ChildProcess::kErrorBytesMax);
  });
}

TEST_F(ChildProcesses, AreWaitedForNoLongerThanTheDeadline) {
  run([] {
    const auto child = start(shell("exec sleep 600"));
    const auto read = child->read(now() + 50ms);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, domain::Code::kDeadlineExceeded);
    const auto ending = child->wait(now() + 50ms);
    ASSERT_FALSE(ending.ok());
    EXPECT_EQ(ending.error().code, domain::Code::kDeadlineExceeded);
  });
}

TEST_F(ChildProcesses, LeaveTheThreadToOthersWhileOneWaits) {
  run([] {
    net::EventLoop& loop = *net::EventLoop::current();
    bool has_run = false;
    loop.spawn([&] {
      net::sleep_until(now() + 10ms);
      has_run = true;
    });
    const auto child = start(shell("sleep 0.2"));
    ASSERT_TRUE(child->wait(soon()).ok());
    EXPECT_TRUE(has_run);
  });
}

TEST_F(ChildProcesses, EndWithAllTheyStartedWhenTheyAreGivenUp) {
  const std::size_t before = open_descriptors();
  run([] {
    auto child = start(shell("sleep 600 & echo $!; wait"));
    const auto bytes = child->read(soon());
    ASSERT_TRUE(bytes.ok());
    const pid_t grandchild = std::stoi(std::string(*bytes));
    child.reset();
    const auto deadline = soon();
    // Whoever adopts it reaps it in its own time; a zombie is as good as gone.
    const auto is_gone = [grandchild] {
      const int stat =
          ::open(("/proc/" + std::to_string(grandchild) + "/stat").c_str(), O_RDONLY | O_CLOEXEC);
      if (stat < 0) return true;
      std::string text(256, '\0');
      const ssize_t count = ::read(stat, text.data(), text.size());
      ::close(stat);
      return count <= 0 || text.find(") Z ") != std::string::npos;
    };
    while (!is_gone() && now() < deadline) net::sleep_until(now() + 5ms);
    EXPECT_TRUE(is_gone());
  });
  EXPECT_EQ(open_descriptors(), before);
}

TEST_F(ChildProcesses, ThatCannotBeStartedAreSaidToBeUnavailable) {
  run([] {
    const auto child = ChildProcess::start(
        {.program = "/nowhere/program", .arguments = {}, .environment = {}, .input = {}});
    ASSERT_FALSE(child.ok());
    EXPECT_EQ(child.error().code, domain::Code::kUnavailable);
    EXPECT_NE(child.error().detail.find("/nowhere/program"), std::string::npos);
  });
}

}  // namespace
}  // namespace vigie::process
