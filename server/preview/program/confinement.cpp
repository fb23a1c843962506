#include "server/preview/program/confinement.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>

namespace vigie::preview {
namespace {

/// Of Debian and most others: owns nothing.
constexpr unsigned kNobody = 65534;

void check(bool is_done, const char* what) {
  if (!is_done) throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
}

/// `grace`: by how much the hard limit is above the soft one, for those that warn first.
void limit(__rlimit_resource resource, const char* name, std::uint64_t value,
           std::uint64_t grace = 0) {
  rlimit current{};
  check(::getrlimit(resource, &current) == 0, name);
  const rlimit wanted{std::min<rlim_t>(value, current.rlim_max),
                      std::min<rlim_t>(value + grace, current.rlim_max)};
  check(::setrlimit(resource, &wanted) == 0, name);
}

void become_nobody() {
  if (::geteuid() != 0) return;
  check(::setgroups(0, nullptr) == 0, "setgroups");
  check(::setresgid(kNobody, kNobody, kNobody) == 0, "setresgid");
  check(::setresuid(kNobody, kNobody, kNobody) == 0, "setresuid");
}

/// Virtual memory that is mapped now: the libraries.
std::uint64_t mapped_bytes() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen("/proc/self/statm", "re"),
                                                             &std::fclose);
  unsigned long pages = 0;
  check(file && std::fscanf(file.get(), "%lu", &pages) == 1, "/proc/self/statm");
  return std::uint64_t{pages} * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

using Filter = std::unique_ptr<void, decltype(&seccomp_release)>;

void rule(const Filter& filter, std::uint32_t action, int call) {
  const int result = seccomp_rule_add_array(filter.get(), action, call, 0, nullptr);
  errno = -result;
  check(result == 0, "seccomp_rule_add");
}

/// Allowed when the bits `mask` of one argument are `value`.
void allow_if(const Filter& filter, int call, unsigned argument, std::uint64_t mask,
              std::uint64_t value) {
  const scmp_arg_cmp condition{argument, SCMP_CMP_MASKED_EQ, mask, value};
  const int result = seccomp_rule_add_array(filter.get(), SCMP_ACT_ALLOW, call, 1, &condition);
  errno = -result;
  check(result == 0, "seccomp_rule_add");
}

// clang-format off
constexpr std::array kAllowed{
    SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(fstat),
    SCMP_SYS(close), SCMP_SYS(dup), SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(brk),
    SCMP_SYS(futex), SCMP_SYS(set_robust_list), SCMP_SYS(rseq), SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),
    SCMP_SYS(clock_gettime), SCMP_SYS(clock_getres), SCMP_SYS(clock_nanosleep), SCMP_SYS(nanosleep), SCMP_SYS(gettimeofday),
    SCMP_SYS(getpid), SCMP_SYS(getppid), SCMP_SYS(gettid), SCMP_SYS(getuid), SCMP_SYS(geteuid), SCMP_SYS(getgid), SCMP_SYS(getegid), SCMP_SYS(getrandom), SCMP_SYS(getrusage), SCMP_SYS(membarrier), SCMP_SYS(restart_syscall),
};
/// What looks for files or asks about the machine: libraries live with a refusal.
constexpr std::array kRefused{
    SCMP_SYS(open), SCMP_SYS(openat), SCMP_SYS(access), SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(stat), SCMP_SYS(lstat),
    SCMP_SYS(statx), SCMP_SYS(readlink), SCMP_SYS(readlinkat), SCMP_SYS(getcwd), SCMP_SYS(sysinfo), SCMP_SYS(uname),
    SCMP_SYS(ioctl), SCMP_SYS(fcntl), SCMP_SYS(fadvise64), SCMP_SYS(prlimit64), SCMP_SYS(getrlimit), SCMP_SYS(sched_setscheduler),
    SCMP_SYS(sched_getattr), SCMP_SYS(sched_setattr), SCMP_SYS(prctl), SCMP_SYS(unlink), SCMP_SYS(unlinkat),
};
// clang-format on

Filter make_filter() {
  Filter filter(seccomp_init(SCMP_ACT_KILL_PROCESS), &seccomp_release);
  check(filter != nullptr, "seccomp_init");
  for (const int call : kAllowed) rule(filter, SCMP_ACT_ALLOW, call);
  for (const int call : kRefused) rule(filter, SCMP_ACT_ERRNO(EACCES), call);
  // Of an open descriptor only: glibc's fstat. The path is empty, which a filter cannot see; what
  // another path tells is whether it exists.
  allow_if(filter, SCMP_SYS(newfstatat), 3, AT_EMPTY_PATH, AT_EMPTY_PATH);
  // Memory is not both written and run.
  allow_if(filter, SCMP_SYS(mmap), 2, PROT_EXEC, 0);
  allow_if(filter, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
  // Threads, but no processes. glibc falls back to clone, whose flags a filter can see.
  allow_if(filter, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD);
  rule(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3));
  // abort() and raise() reach this process alone.
  allow_if(filter, SCMP_SYS(tgkill), 0, 0xffffffffU, static_cast<std::uint64_t>(::getpid()));
  return filter;
}

}  // namespace

void give_up_rights(const ConfinementLimits& limits) {
  constexpr std::uint64_t kDescriptorsMax = 32;
  constexpr std::uint64_t kThreadsOfTheUserMax = 1024;
  become_nobody();
  // After the change of user, which resets it. A parent that is gone already is nobody's loss.
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0, "PR_SET_PDEATHSIG");
  check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "PR_SET_NO_NEW_PRIVS");
  check(::prctl(PR_SET_DUMPABLE, 0) == 0, "PR_SET_DUMPABLE");
  limit(RLIMIT_CORE, "RLIMIT_CORE", 0);
  limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", 0);
  limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", kDescriptorsMax);
  limit(RLIMIT_NPROC, "RLIMIT_NPROC", kThreadsOfTheUserMax);
  // SIGXCPU a second before SIGKILL: so its end says why.
  limit(RLIMIT_CPU, "RLIMIT_CPU", limits.cpu_seconds_max, 1);
}

void give_up_system_calls(const ConfinementLimits& limits) {
  const Filter filter = make_filter();
  limit(RLIMIT_DATA, "RLIMIT_DATA", mapped_bytes() + limits.memory_bytes_max);
  limit(RLIMIT_AS, "RLIMIT_AS", mapped_bytes() + limits.memory_bytes_max);
  const int result = seccomp_load(filter.get());
  errno = -result;
  check(result == 0, "seccomp_load");
}

}  // namespace vigie::preview
