#include "server/storage/socket_watch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace vigie::storage {

bool SocketWatch::start(int socket, Ready ready) {
  fd_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
  if (fd_ < 0) return false;
  ready_ = std::move(ready);
  wants_write_ = false;
  loop_.watch(fd_, {.readable = true}, ready_);
  return true;
}

void SocketWatch::want_write(bool wants_write) {
  if (std::exchange(wants_write_, wants_write) == wants_write) return;
  loop_.watch(fd_, {.readable = true, .writable = wants_write}, ready_);
}

void SocketWatch::stop() {
  if (fd_ < 0) return;
  loop_.unwatch(fd_);
  ::close(std::exchange(fd_, -1));
}

}  // namespace vigie::storage
