#include <cassert>

#include "server/net/reactor.hpp"
#include "server/net/waiting.hpp"

namespace vigie::net {

namespace {

/// Of what runs on no fiber.
thread_local int t_holds_off_fiber = 0;

int& holds_of_caller() noexcept {
  Fiber* const self = Fiber::current();
  return self != nullptr ? self->scarce_holds : t_holds_off_fiber;
}

}  // namespace

ScarceHold::ScarceHold() noexcept : holds_(holds_of_caller()) { ++holds_; }

bool holds_scarce() noexcept { return holds_of_caller() > 0; }

bool on_fiber() noexcept { return Fiber::current() != nullptr; }

Wake Parking::wait_until(TimePoint deadline) {
  Fiber* const self = Fiber::current();
  assert(self != nullptr);  // only a fiber can be suspended
  if (!is_notified_) {
    Reactor& reactor = *Reactor::current();
    // A loop that stops ends every wait, but only after a turn, so that retries cannot block it.
    reactor.timers().schedule(self->wait_timer(), reactor.is_stopping() ? TimePoint{} : deadline);
    fiber_ = self;
    self->suspend();
    fiber_ = nullptr;
    reactor.timers().cancel(self->wait_timer());
  }
  const Wake wake = is_notified_ ? Wake::kNotified : Wake::kTimedOut;
  is_notified_ = false;
  return wake;
}

void Parking::notify() {
  is_notified_ = true;
  if (fiber_ != nullptr) Reactor::current()->make_ready(*static_cast<Fiber*>(fiber_));
}

void sleep_until(TimePoint when) {
  Parking parking;
  parking.wait_until(when);
}

}  // namespace vigie::net
