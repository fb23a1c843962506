// Confines itself as vigie-preview does, then tries one thing that a decoder must not do.
//   confinement_probe WHAT    exit 0: it could do it; 1: it was refused; a signal: it was ended
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include "server/preview/program/confinement.hpp"

namespace {

bool can_open_socket() { return ::socket(AF_INET, SOCK_STREAM, 0) >= 0; }
bool can_run_a_program() {
  char* const arguments[] = {nullptr};
  ::execv("/bin/true", arguments);
  return false;
}
bool can_fork() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  return child > 0;
}
bool can_write_a_file() { return ::open("/tmp", O_TMPFILE | O_WRONLY, 0600) >= 0; }
bool can_read_a_file() { return ::open("/etc/passwd", O_RDONLY) >= 0; }
bool can_make_code() {
  return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}
bool can_make_code_later() {
  void* const page =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ::mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}
bool can_trace_its_parent() { return ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr) == 0; }
bool can_signal_its_parent() { return ::kill(::getppid(), 0) == 0; }
bool can_take_memory() {
  constexpr std::size_t kSize = std::size_t{64} * 1024 * 1024;
  void* const memory =
      ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory != MAP_FAILED;
}
bool can_be_root_again() { return ::setuid(0) == 0; }
bool can_compute_for_ever() {
  for (volatile unsigned long i = 0;;) i = i + 1;
}
// What it needs.
bool can_start_a_thread() {
  bool has_run = false;
  std::thread([&] { has_run = true; }).join();
  return has_run;
}
bool can_read_its_input() {
  char byte = 0;
  struct stat facts {};
  return ::read(STDIN_FILENO, &byte, 1) == 1 && ::fstat(STDIN_FILENO, &facts) == 0;
}
bool can_write_its_output() { return ::write(STDOUT_FILENO, "x", 1) == 1; }

struct Attempt {
  std::string_view name;
  bool (*succeeds)();
};

constexpr auto kAttempts = std::to_array<Attempt>({
    {"socket", &can_open_socket},
    {"execve", &can_run_a_program},
    {"fork", &can_fork},
    {"write-file", &can_write_a_file},
    {"read-file", &can_read_a_file},
    {"mmap-exec", &can_make_code},
    {"mprotect-exec", &can_make_code_later},
    {"ptrace", &can_trace_its_parent},
    {"kill", &can_signal_its_parent},
    {"memory", &can_take_memory},
    {"setuid", &can_be_root_again},
    {"compute", &can_compute_for_ever},
    {"thread", &can_start_a_thread},
    {"input", &can_read_its_input},
    {"output", &can_write_its_output},
});

}  // namespace

int main(int argc, char** argv) {
  const std::string_view wanted = argc > 1 ? argv[1] : "";
  const vigie::preview::ConfinementLimits limits{.memory_bytes_max = 32 * 1024 * 1024,
                                                 .cpu_seconds_max = 1};
  vigie::preview::give_up_rights(limits);
  // Who it is now is looked at while files can still be read.
  if (wanted == "user") {
    const bool is_unprivileged = ::geteuid() != 0 && ::getuid() != 0;
    std::_Exit(is_unprivileged ? 1 : 0);
  }
  vigie::preview::give_up_system_calls(limits);
  for (const Attempt& attempt : kAttempts) {
    if (attempt.name == wanted) std::_Exit(attempt.succeeds() ? 0 : 1);
  }
  std::_Exit(64);
}
