#pragma once

#include <functional>
#include <memory>

#include "server/net/waiting.hpp"

namespace vigie::net {

/// What is told that a descriptor is ready.
class ReadyHandler {
 public:
  virtual ~ReadyHandler() = default;
  virtual void on_ready(Readiness readiness) = 0;
};

/// Pistache's reactor (an epoll loop), the only place that sees its headers. Level-triggered. Used
/// on the thread that runs it, stop() excepted. A handler may still be called in the batch of
/// events during which it was removed: it must be kept until the batch's end.
class Poller {
 public:
  /// `batch_ended` is called after each batch of events.
  Poller(std::function<void()> batch_began, std::function<void()> batch_ended);
  ~Poller();

  void add(int fd, Readiness interest, ReadyHandler& handler);
  void modify(int fd, Readiness interest, ReadyHandler& handler);
  void remove(int fd);

  /// Returns after stop().
  void run();
  /// Thread-safe.
  void stop();

 private:
  class Handler;
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace vigie::net
