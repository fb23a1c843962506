#include "server/storage/socket_watch.hpp"

#include <fcntl.h>

#include <utility>

namespace vigie::storage {

bool SocketWatch::start(int socket, Ready ready) {
  descriptor_ = core::Descriptor(::fcntl(socket, F_DUPFD_CLOEXEC, 0));
  if (!descriptor_) return false;
  ready_ = std::move(ready);
  wants_write_ = false;
  loop_.watch(descriptor_.get(), {.readable = true}, ready_);
  return true;
}

void SocketWatch::want_write(bool wants_write) {
  if (std::exchange(wants_write_, wants_write) == wants_write) return;
  loop_.watch(descriptor_.get(), {.readable = true, .writable = wants_write}, ready_);
}

void SocketWatch::stop() {
  if (!descriptor_) return;
  loop_.unwatch(descriptor_.get());
  descriptor_.reset();
}

}  // namespace vigie::storage
