#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace vigie::fakes {

/// Says something to whoever has the pipe's other end.
inline void tell(int pipe, std::string_view line) {
  [[maybe_unused]] const ssize_t written = ::write(pipe, line.data(), line.size());
}

/// What a child process says to its pipe until it is killed, `life` after it began with "S\n",
/// which is left out. `work` never returns. Before there are threads.
inline std::string told_until_killed(const std::function<void(int pipe)>& work,
                                     std::chrono::microseconds life) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe failed");
  const pid_t victim = ::fork();
  if (victim == 0) {
    ::close(ends[0]);
    work(ends[1]);
  }
  ::close(ends[1]);
  std::array<char, 4096> portion{};
  if (::read(ends[0], portion.data(), 2) != 2) throw std::runtime_error("it did not start");
  std::this_thread::sleep_for(life);  // how long it lives is the test's very input
  ::kill(victim, SIGKILL);
  std::string told;
  for (ssize_t got = 1; (got = ::read(ends[0], portion.data(), portion.size())) > 0;) {
    told.append(portion.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(victim, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
  return told;
}

}  // namespace vigie::fakes
