#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"
#include "server/platform/core/descriptor.hpp"

namespace vigie::process {

struct Command {
  /// Path of the executable; no shell, no search.
  std::string program;
  std::vector<std::string> arguments;
  /// "NAME=value", all that the child sees: nothing is inherited. This, and not an argument, is
  /// where a password goes: arguments can be read by every user of the machine.
  std::vector<std::string> environment;
  /// Becomes the child's standard input; none: `write` is.
  core::Descriptor input;
};

/// How a child ended.
struct Ending {
  /// Its exit code; -1 when a signal ended it.
  int exit_code = -1;
  /// The signal that ended it; 0 when it exited.
  int signal = 0;
  std::chrono::microseconds cpu_time{};
  std::uint64_t resident_bytes_max = 0;
};

/// A program that runs beside this one, started by a fiber that has no net::ScarceHold, in a
/// process group of its own, with standard input, output and error alone. Used on the fiber that
/// started it, which waits without keeping its thread. Every call that waits ends at its deadline
/// with kDeadlineExceeded.
class ChildProcess {
 public:
  /// What is kept of standard error; more is read and forgotten.
  static constexpr std::size_t kErrorBytesMax = 4096;
  static constexpr std::size_t kReadBytesMax = std::size_t{64} * 1024;

  /// kUnavailable when it cannot be started.
  static domain::Result<std::unique_ptr<ChildProcess>> start(Command command);
  /// Ends it and all it has started, if it still runs.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Writes all of `bytes` to standard input. False: the child takes no more.
  domain::Result<bool> write(std::string_view bytes, net::TimePoint deadline);
  void close_input();
  /// What standard output has, waiting for it; empty at its end. Valid until the next call.
  domain::Result<std::string_view> read(net::TimePoint deadline);
  /// Waits until the child has ended. What it writes meanwhile is not read.
  domain::Result<Ending> wait(net::TimePoint deadline);
  void kill() noexcept;
  /// What it has said on standard error so far.
  std::string_view errors() const noexcept { return errors_; }

 private:
  struct Ends;
  ChildProcess(pid_t pid, Ends ends);

  void read_errors();
  void stop_reading_errors();

  net::EventLoop& loop_;
  const pid_t pid_;
  core::Descriptor handle_;
  core::Descriptor input_;
  core::Descriptor output_;
  core::Descriptor error_output_;
  std::string buffer_;
  std::string errors_;
  bool has_ended_ = false;
};

}  // namespace vigie::process
