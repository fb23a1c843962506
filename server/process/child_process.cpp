#include "server/process/child_process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <utility>

namespace vigie::process {
namespace {

using domain::Code;
using domain::Error;
using domain::Result;
using net::EventLoop;
using net::Readiness;
using net::TimePoint;
using net::Wake;

Error unavailable(std::string_view what, int error) {
  return {.code = Code::kUnavailable,
          .message = "The service is temporarily unavailable.",
          .detail = std::string(what) + ": " + std::strerror(error)};
}

Error too_late() {
  return {.code = Code::kDeadlineExceeded,
          .message = "The request could not be handled in time.",
          .detail = "a child process was not ready in time"};
}

Wake wait_ready(EventLoop& loop, int fd, Readiness interest, TimePoint deadline) {
  net::Parking parking;
  loop.watch(fd, interest, [&parking](Readiness) { parking.notify(); });
  const Wake wake = parking.wait_until(deadline);
  loop.unwatch(fd);
  return wake;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Both ends closed on exec; ours does not block.
struct Channel {
  core::Descriptor ours;
  core::Descriptor theirs;
};

bool make_output(Channel& channel) {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) return false;
  channel.ours = core::Descriptor(fds[0]);
  channel.theirs = core::Descriptor(fds[1]);
  return ::fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0;
}

/// A socket pair: writing to a child that is gone must not raise SIGPIPE.
bool make_input(Channel& channel) {
  std::array<int, 2> fds{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()) != 0) return false;
  channel.ours = core::Descriptor(fds[0]);
  channel.theirs = core::Descriptor(fds[1]);
  ::shutdown(fds[0], SHUT_RD);
  return ::fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0;
}

/// The attributes and file actions of posix_spawn, released together.
class SpawnPlan {
 public:
  SpawnPlan() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
  }
  ~SpawnPlan() {
    ::posix_spawnattr_destroy(&attributes_);
    ::posix_spawn_file_actions_destroy(&actions_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  /// Descriptors that became 0, 1 and 2 lose close-on-exec; all others are closed, whoever opened
  /// them.
  void give(int input, int output, int error) {
    ::posix_spawn_file_actions_adddup2(&actions_, input, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, error, STDERR_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
  }

  /// Signals are blocked on our threads, and not in the child.
  int start(Command& command, pid_t& pid) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    command.arguments.insert(command.arguments.begin(), command.program);
    return ::posix_spawn(&pid, command.program.c_str(), &actions_, &attributes_,
                         pointers_to(command.arguments).data(),
                         pointers_to(command.environment).data());
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

/// Suspending in the middle of an exception would mix the exceptions of two fibers up.
bool may_wait() {
  return net::on_fiber() && std::uncaught_exceptions() == 0 && !std::current_exception();
}

/// Of a child that was killed. The kernel lets go of it when it will: one that waits for a disk
/// that does not answer may take for ever, and a reactor has other things to do.
void reap(EventLoop& loop, pid_t pid) {
  constexpr std::chrono::milliseconds kNextLook{20};
  if (::waitpid(pid, nullptr, WNOHANG) != 0) return;
  loop.call_at(std::chrono::steady_clock::now() + kNextLook, [&loop, pid] { reap(loop, pid); });
}

}  // namespace

struct ChildProcess::Ends {
  core::Descriptor handle;
  core::Descriptor input;
  core::Descriptor output;
  core::Descriptor error_output;
};

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(Command command) {
  assert(net::on_fiber());       // it will have to wait
  assert(!net::holds_scarce());  // for as long as a program takes
  Channel input;
  Channel output;
  Channel error;
  if (command.input) input.theirs = std::move(command.input);
  const bool has_input = static_cast<bool>(input.theirs) || make_input(input);
  if (!has_input || !make_output(output) || !make_output(error)) {
    return unavailable("no descriptor for a child process", errno);
  }
  SpawnPlan plan;
  plan.give(input.theirs.get(), output.theirs.get(), error.theirs.get());
  pid_t pid = -1;
  const int failure = plan.start(command, pid);
  if (failure != 0) return unavailable(command.program, failure);
  // The child is ours to reap, so its number cannot have become another process's.
  core::Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  const int handle_failure = errno;
  Ends ends{std::move(handle), std::move(input.ours), std::move(output.ours),
            std::move(error.ours)};
  std::unique_ptr<ChildProcess> child(new ChildProcess(pid, std::move(ends)));
  if (!child->handle_) return unavailable("pidfd_open", handle_failure);
  return child;
}

ChildProcess::ChildProcess(pid_t pid, Ends ends)
    : loop_(*EventLoop::current()),
      pid_(pid),
      handle_(std::move(ends.handle)),
      input_(std::move(ends.input)),
      output_(std::move(ends.output)),
      error_output_(std::move(ends.error_output)) {
  loop_.watch(error_output_.get(), {.readable = true}, [this](Readiness) { read_errors(); });
}

ChildProcess::~ChildProcess() {
  stop_reading_errors();
  if (has_ended_) return;
  kill();
  constexpr std::chrono::milliseconds kUsualEnd{200};
  if (handle_ && may_wait()) {
    wait_ready(loop_, handle_.get(), {.readable = true},
               std::chrono::steady_clock::now() + kUsualEnd);
  }
  reap(loop_, pid_);
}

Result<bool> ChildProcess::write(std::string_view bytes, TimePoint deadline) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::send(input_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return false;
    if (wait_ready(loop_, input_.get(), {.writable = true}, deadline) == Wake::kTimedOut) {
      return too_late();
    }
  }
  return true;
}

void ChildProcess::close_input() { input_.reset(); }

Result<std::string_view> ChildProcess::read(TimePoint deadline) {
  buffer_.resize(kReadBytesMax);
  for (;;) {
    const ssize_t count = ::read(output_.get(), buffer_.data(), buffer_.size());
    if (count >= 0) return std::string_view(buffer_).substr(0, static_cast<std::size_t>(count));
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return unavailable("reading from a child process", errno);
    if (wait_ready(loop_, output_.get(), {.readable = true}, deadline) == Wake::kTimedOut) {
      return too_late();
    }
  }
}

Result<Ending> ChildProcess::wait(TimePoint deadline) {
  assert(!has_ended_);  // it ends once
  if (wait_ready(loop_, handle_.get(), {.readable = true}, deadline) == Wake::kTimedOut) {
    return too_late();
  }
  int status = 0;
  rusage usage{};
  // It has ended: this takes its status and does not wait.
  if (::wait4(pid_, &status, WNOHANG, &usage) != pid_) {
    return unavailable("waiting for a child process", errno);
  }
  has_ended_ = true;
  // Its last words may still lie in the pipe.
  if (error_output_) read_errors();
  const auto time_of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return Ending{.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                .signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0,
                .cpu_time = time_of(usage.ru_utime) + time_of(usage.ru_stime),
                .resident_bytes_max = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024};
}

void ChildProcess::kill() noexcept {
  if (!has_ended_) ::kill(-pid_, SIGKILL);
}

void ChildProcess::read_errors() {
  std::array<char, 1024> chunk{};
  for (;;) {
    const ssize_t count = ::read(error_output_.get(), chunk.data(), chunk.size());
    if (count > 0) {
      const auto room = kErrorBytesMax - errors_.size();
      errors_.append(chunk.data(), std::min(room, static_cast<std::size_t>(count)));
    } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
      return stop_reading_errors();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

void ChildProcess::stop_reading_errors() {
  if (!error_output_) return;
  loop_.unwatch(error_output_.get());
  error_output_.reset();
}

}  // namespace vigie::process
