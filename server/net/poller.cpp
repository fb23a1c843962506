#include "server/net/poller.hpp"

#include <pistache/reactor.h>

#include <cstdint>
#include <stdexcept>
#include <utility>

namespace vigie::net {

using Pistache::Flags;
using Pistache::Aio::FdSet;
using Pistache::Polling::Epoll;
using Pistache::Polling::NotifyOn;
using Pistache::Polling::Tag;

namespace {

// Pistache always reports hang-ups; Shutdown (the peer's FIN) comes as readable as well.
Flags<NotifyOn> flags_of(Readiness interest) {
  Flags<NotifyOn> flags(NotifyOn::None);
  if (interest.readable) flags.setFlag(NotifyOn::Read);
  if (interest.writable) flags.setFlag(NotifyOn::Write);
  return flags;
}

// With a single handler Pistache hands tags back as they were given, so a tag is a pointer.
Tag tag_of(ReadyHandler& handler) { return Tag(reinterpret_cast<std::uintptr_t>(&handler)); }

// Pistache's own wake-up descriptor is tagged with its small number.
constexpr std::uint64_t kSmallestPointer = 1 << 20;

}  // namespace

class Poller::Handler final : public Pistache::Aio::Handler {
  PROTOTYPE_OF(Pistache::Aio::Handler, Handler)

 public:
  Handler(std::function<void()> batch_began, std::function<void()> batch_ended)
      : batch_began_(std::move(batch_began)), batch_ended_(std::move(batch_ended)) {}

  void registerPoller(Epoll& poller) override { poller_ = &poller; }

  void onReady(const FdSet& fds) override {
    batch_began_();
    for (const FdSet::Entry& entry : fds) {
      const std::uint64_t tag = entry.getTag().value();
      if (tag < kSmallestPointer) continue;
      Readiness readiness{entry.isReadable(), entry.isWritable(), entry.isHangup()};
      // EPOLLERR alone has no flag in Pistache.
      if (!readiness.readable && !readiness.writable) readiness.hung_up = true;
      reinterpret_cast<ReadyHandler*>(static_cast<std::uintptr_t>(tag))->on_ready(readiness);
    }
    batch_ended_();
  }

  Epoll& poller() { return *poller_; }

 private:
  std::function<void()> batch_began_;
  std::function<void()> batch_ended_;
  Epoll* poller_ = nullptr;
};

class Poller::Engine {
 public:
  explicit Engine(std::shared_ptr<Handler> handler) : handler_(std::move(handler)) {
    reactor_->init();
    reactor_->addHandler(handler_);
  }

  Epoll& poller() { return handler_->poller(); }
  Pistache::Aio::Reactor& reactor() { return *reactor_; }

 private:
  std::shared_ptr<Handler> handler_;  // shared with the reactor: Pistache's interface
  std::shared_ptr<Pistache::Aio::Reactor> reactor_ = Pistache::Aio::Reactor::create();
};

Poller::Poller(std::function<void()> batch_began, std::function<void()> batch_ended)
    : engine_(std::make_unique<Engine>(
          std::make_shared<Handler>(std::move(batch_began), std::move(batch_ended)))) {}

Poller::~Poller() = default;

void Poller::add(int fd, Readiness interest, ReadyHandler& handler) {
  engine_->poller().addFd(fd, flags_of(interest), tag_of(handler));
}

void Poller::modify(int fd, Readiness interest, ReadyHandler& handler) {
  engine_->poller().rearmFd(fd, flags_of(interest), tag_of(handler));
}

void Poller::remove(int fd) {
  // A library may have closed the descriptor itself (libpq does, when its peer hangs up): the
  // kernel has forgotten it then, and there is nothing left to remove.
  try {
    engine_->poller().removeFd(fd);
  } catch (const std::runtime_error&) {
  }
}

void Poller::run() { engine_->reactor().run(); }

void Poller::stop() { engine_->reactor().shutdown(); }

}  // namespace vigie::net
