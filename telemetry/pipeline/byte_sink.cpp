#include "telemetry/pipeline/byte_sink.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace vigie::telemetry {
namespace {

constexpr int kPatienceMs = 100;

}  // namespace

ByteSink::ByteSink(int fd) noexcept : fd_(fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) return;
  is_socket_ = S_ISSOCK(status.st_mode);
  if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) return;
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  const int own = open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (own < 0) return;
  fd_ = own;
  is_own_ = true;
}

ByteSink::~ByteSink() {
  if (is_own_) close(fd_);
}

long ByteSink::write_some(std::string_view bytes) noexcept {
  if (is_socket_) return send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return ::write(fd_, bytes.data(), bytes.size());
}

std::size_t ByteSink::write(std::string_view bytes,
                            const std::function<bool()>& gives_up) noexcept {
  std::size_t written = 0;
  while (written < bytes.size()) {
    const long count = write_some(bytes.substr(written));
    if (count > 0) {
      written += static_cast<std::size_t>(count);
      continue;
    }
    if (count < 0 && errno == EINTR) continue;
    if (count == 0 || errno != EAGAIN || gives_up()) break;
    pollfd waiting{fd_, POLLOUT, 0};
    poll(&waiting, 1, kPatienceMs);
  }
  return written;
}

}  // namespace vigie::telemetry
