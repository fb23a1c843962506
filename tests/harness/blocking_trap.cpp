// LD_PRELOADed into a server: writes down each call that may block its thread, made on a thread
// whose name begins with BLOCKING_TRAP_THREADS, one line each: the call, what it was made with, a
// tab and the way there. It also stands in for a resolver that is silent.
//   BLOCKING_TRAP_LOG      the file of those lines
//   BLOCKING_TRAP_THREADS  default "reactor"
//   BLOCKING_TRAP_LOCK_MS  default 20: a mutex that is waited for longer is a call that blocked
//   SILENT_HOST            "name=address,address": while the file SILENT_WHILE exists, the resolver
//                          does not answer for that name, and afterwards with those addresses

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace {

int g_log = -1;
const char* g_threads = "reactor";
long g_lock_ms = 20;

template <typename Function>
Function* next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

/// Once for each place that asks.
#define REAL(name) static auto* const real = next<decltype(::name)>(#name)

bool is_watched() {
  if (g_log < 0) return false;
  std::array<char, 16> name{};
  ::prctl(PR_GET_NAME, name.data());
  return std::strncmp(name.data(), g_threads, std::strlen(g_threads)) == 0;
}

void report(const char* call, const char* what) {
  const int kept = errno;
  std::array<void*, 12> frames{};
  const int count = ::backtrace(frames.data(), static_cast<int>(frames.size()));
  std::array<char, 2048> line{};
  int used = std::snprintf(line.data(), line.size(), "%s %s\t", call, what);
  for (int i = 2; i < count && used < static_cast<int>(line.size()) - 120; ++i) {
    Dl_info info{};
    if (::dladdr(frames[static_cast<std::size_t>(i)], &info) == 0) continue;
    const char* const file = std::strrchr(info.dli_fname, '/');
    const auto offset = reinterpret_cast<const char*>(frames[static_cast<std::size_t>(i)]) -
                        static_cast<const char*>(info.dli_fbase);
    used += std::snprintf(line.data() + used, line.size() - static_cast<std::size_t>(used),
                          "%s+0x%lx ", file != nullptr ? file + 1 : info.dli_fname,
                          static_cast<unsigned long>(offset));
  }
  line[static_cast<std::size_t>(used++)] = '\n';
  static auto* const real_write = next<decltype(::write)>("write");
  static_cast<void>(!real_write(g_log, line.data(), static_cast<std::size_t>(used)));
  errno = kept;
}

void trap(const char* call, const char* what = "") {
  if (is_watched()) report(call, what);
}

bool is_regular(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
}

bool blocks(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) == 0;
}

bool is_socket_that_blocks(int fd, int flags) {
  struct stat facts {};
  return (flags & MSG_DONTWAIT) == 0 && ::fstat(fd, &facts) == 0 && S_ISSOCK(facts.st_mode) &&
         blocks(fd);
}

void trap_file(const char* call, int fd) {
  if (is_watched() && is_regular(fd)) report(call, "a regular file");
}

long now_ms() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000 + time.tv_nsec / 1'000'000;
}

struct Start {
  Start() {
    std::array<void*, 2> frames{};
    ::backtrace(frames.data(), 2);  // loads what it needs
    if (const char* const threads = std::getenv("BLOCKING_TRAP_THREADS")) g_threads = threads;
    if (const char* const time = std::getenv("BLOCKING_TRAP_LOCK_MS")) g_lock_ms = std::atol(time);
    if (const char* const path = std::getenv("BLOCKING_TRAP_LOG")) {
      g_log = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
  }
} g_start;

/// The one of SILENT_HOST, once it may be told; empty when `node` is another.
std::string silent_addresses(const char* node) {
  const char* const silent = std::getenv("SILENT_HOST");
  const char* const equals = silent == nullptr ? nullptr : std::strchr(silent, '=');
  if (equals == nullptr || node == nullptr) return {};
  if (std::string(silent, static_cast<std::size_t>(equals - silent)) != node) return {};
  const char* const until = std::getenv("SILENT_WHILE");
  static auto* const real_sleep = next<decltype(::usleep)>("usleep");
  for (int i = 0; i < 6000 && until != nullptr && ::access(until, F_OK) == 0; ++i) {
    real_sleep(10'000);
  }
  return equals + 1;
}

}  // namespace

extern "C" {

int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  REAL(getaddrinfo);
  const bool is_numeric = hints != nullptr && (hints->ai_flags & AI_NUMERICHOST) != 0;
  if (!is_numeric && node != nullptr) trap("getaddrinfo", node);
  const std::string addresses = is_numeric ? std::string() : silent_addresses(node);
  if (addresses.empty()) return real(node, service, hints, result);
  // Each address as the resolver of the machine would tell it, one behind the other.
  addrinfo* first = nullptr;
  addrinfo** end = &first;
  for (std::size_t at = 0; at <= addresses.size();) {
    const std::size_t comma = std::min(addresses.find(',', at), addresses.size());
    addrinfo wanted = hints != nullptr ? *hints : addrinfo{};
    wanted.ai_flags |= AI_NUMERICHOST;
    const int failure = real(addresses.substr(at, comma - at).c_str(), service, &wanted, end);
    if (failure != 0) return failure;
    while (*end != nullptr) end = &(*end)->ai_next;
    at = comma + 1;
  }
  *result = first;
  return 0;
}

hostent* gethostbyname(const char* name) {
  REAL(gethostbyname);
  trap("gethostbyname", name);
  return real(name);
}

int fsync(int fd) {
  REAL(fsync);
  trap("fsync");
  return real(fd);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  trap("fdatasync");
  return real(fd);
}
int syncfs(int fd) noexcept {
  REAL(syncfs);
  trap("syncfs");
  return real(fd);
}

static int open_trapped(int fd, const char* path) {
  if (fd >= 0 && is_watched() && is_regular(fd)) report("open", path);
  return fd;
}

int open(const char* path, int flags, ...) {
  REAL(open);
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_trapped(real(path, flags, mode), path);
}
int open64(const char* path, int flags, ...) {
  REAL(open64);
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_trapped(real(path, flags, mode), path);
}
int openat(int directory, const char* path, int flags, ...) {
  REAL(openat);
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_trapped(real(directory, path, flags, mode), path);
}
int openat64(int directory, const char* path, int flags, ...) {
  REAL(openat64);
  va_list list;
  va_start(list, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
  va_end(list);
  return open_trapped(real(directory, path, flags, mode), path);
}
FILE* fopen(const char* path, const char* mode) {
  REAL(fopen);
  trap("fopen", path);
  return real(path, mode);
}
FILE* fopen64(const char* path, const char* mode) {
  REAL(fopen64);
  trap("fopen", path);
  return real(path, mode);
}

ssize_t read(int fd, void* bytes, size_t count) {
  REAL(read);
  trap_file("read", fd);
  return real(fd, bytes, count);
}
ssize_t pread(int fd, void* bytes, size_t count, off_t offset) {
  REAL(pread);
  trap_file("pread", fd);
  return real(fd, bytes, count, offset);
}
ssize_t pread64(int fd, void* bytes, size_t count, off64_t offset) {
  REAL(pread64);
  trap_file("pread", fd);
  return real(fd, bytes, count, offset);
}
ssize_t write(int fd, const void* bytes, size_t count) {
  REAL(write);
  trap_file("write", fd);
  return real(fd, bytes, count);
}
ssize_t pwrite(int fd, const void* bytes, size_t count, off_t offset) {
  REAL(pwrite);
  trap_file("pwrite", fd);
  return real(fd, bytes, count, offset);
}
ssize_t pwrite64(int fd, const void* bytes, size_t count, off64_t offset) {
  REAL(pwrite64);
  trap_file("pwrite", fd);
  return real(fd, bytes, count, offset);
}

int rename(const char* from, const char* to) noexcept {
  REAL(rename);
  trap("rename", to);
  return real(from, to);
}
int unlink(const char* path) noexcept {
  REAL(unlink);
  trap("unlink", path);
  return real(path);
}
int mkdir(const char* path, mode_t mode) noexcept {
  REAL(mkdir);
  trap("mkdir", path);
  return real(path, mode);
}
int rmdir(const char* path) noexcept {
  REAL(rmdir);
  trap("rmdir", path);
  return real(path);
}
int ftruncate(int fd, off_t length) noexcept {
  REAL(ftruncate);
  trap("ftruncate");
  return real(fd, length);
}
// Under another name: the structure of that name would be hidden.
int trapped_flock(int fd, int operation) noexcept __asm__("flock");
int trapped_flock(int fd, int operation) noexcept {
  static auto* const real = next<int(int, int)>("flock");
  trap("flock");
  return real(fd, operation);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  REAL(connect);
  if (is_watched() && is_socket_that_blocks(fd, 0)) report("connect", "a blocking socket");
  return real(fd, address, size);
}
ssize_t recv(int fd, void* bytes, size_t count, int flags) {
  REAL(recv);
  if (is_watched() && is_socket_that_blocks(fd, flags)) report("recv", "a blocking socket");
  return real(fd, bytes, count, flags);
}
ssize_t send(int fd, const void* bytes, size_t count, int flags) {
  REAL(send);
  if (is_watched() && is_socket_that_blocks(fd, flags)) report("send", "a blocking socket");
  return real(fd, bytes, count, flags);
}

pid_t waitpid(pid_t pid, int* status, int options) {
  REAL(waitpid);
  if ((options & WNOHANG) == 0) trap("waitpid");
  return real(pid, status, options);
}
pid_t wait4(pid_t pid, int* status, int options, rusage* usage) {
  REAL(wait4);
  if ((options & WNOHANG) == 0) trap("wait4");
  return real(pid, status, options, usage);
}
int system(const char* command) {
  REAL(system);
  trap("system", command);
  return real(command);
}

int usleep(useconds_t time) {
  REAL(usleep);
  trap("usleep");
  return real(time);
}
unsigned sleep(unsigned time) {
  REAL(sleep);
  trap("sleep");
  return real(time);
}
int nanosleep(const timespec* time, timespec* left) {
  REAL(nanosleep);
  trap("nanosleep");
  return real(time, left);
}
int clock_nanosleep(clockid_t clock, int flags, const timespec* time, timespec* left) {
  REAL(clock_nanosleep);
  trap("clock_nanosleep");
  return real(clock, flags, time, left);
}
int poll(pollfd* fds, nfds_t count, int timeout) {
  REAL(poll);
  if (timeout != 0) trap("poll");
  return real(fds, count, timeout);
}
int select(int count, fd_set* in, fd_set* out, fd_set* other, timeval* time) {
  REAL(select);
  if (time == nullptr || time->tv_sec != 0 || time->tv_usec != 0) trap("select");
  return real(count, in, out, other, time);
}

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  static auto* const real = next<int(pthread_mutex_t*)>("pthread_mutex_lock");
  if (g_log < 0 || ::pthread_mutex_trylock(mutex) == 0) {
    return g_log < 0 ? real(mutex) : 0;
  }
  const long began = now_ms();
  const int result = real(mutex);
  if (now_ms() - began >= g_lock_ms) trap("mutex", "was waited for");
  return result;
}
int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const real = reinterpret_cast<int (*)(pthread_cond_t*, pthread_mutex_t*)>(
      ::dlvsym(RTLD_NEXT, "pthread_cond_wait", "GLIBC_2.3.2"));
  trap("pthread_cond_wait");
  return real(condition, mutex);
}
int pthread_join(pthread_t thread, void** result) {
  static auto* const real = next<int(pthread_t, void**)>("pthread_join");
  trap("pthread_join");
  return real(thread, result);
}
int sem_wait(sem_t* semaphore) {
  REAL(sem_wait);
  trap("sem_wait");
  return real(semaphore);
}

}  // extern "C"
