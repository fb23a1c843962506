#include "server/net/reactor.hpp"

#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <system_error>
#include <utility>

#include "server/platform/core/descriptor.hpp"

namespace vigie::net {

namespace {

using Clock = std::chrono::steady_clock;

// How long fibers may go on after their waits were ended by a stop.
constexpr std::chrono::seconds kStopPatience{3};
// Fibers and turn-end tasks may wake each other without end; sockets must get their turn.
constexpr int kRoundsPerTurnMax = 16;

thread_local Reactor* t_reactor = nullptr;

int checked(int fd, const char* what) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), what);
  return fd;
}

itimerspec absolute(TimePoint when) {
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(when.time_since_epoch()).count();
  itimerspec spec{};
  spec.it_value.tv_sec = nanoseconds / 1'000'000'000;
  spec.it_value.tv_nsec = nanoseconds % 1'000'000'000;
  return spec;
}

void read_counter(int fd) {
  std::uint64_t count = 0;
  static_cast<void>(!::read(fd, &count, sizeof count));
}

}  // namespace

class Reactor::Watch final : public ReadyHandler {
 public:
  Watch(Reactor& reactor, std::function<void(Readiness)> ready)
      : reactor_(reactor), ready_(std::move(ready)) {}
  void on_ready(Readiness readiness) override {
    if (is_removed) return;
    reactor_.run_guarded([this, readiness] { ready_(readiness); });
  }
  bool is_removed = false;

 private:
  Reactor& reactor_;
  std::function<void(Readiness)> ready_;
};

/// Wakes the loop from other threads.
class Reactor::Wakeup final : public ReadyHandler {
 public:
  explicit Wakeup(Reactor& reactor)
      : reactor_(reactor), fd_(checked(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd")) {
    reactor_.poller_.add(fd_.get(), {.readable = true}, *this);
  }
  void on_ready(Readiness) override {
    read_counter(fd_.get());
    reactor_.run_posted();
  }
  void wake() const {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(fd_.get(), &one, sizeof one));
  }

 private:
  Reactor& reactor_;
  const core::Descriptor fd_;
};

/// One timerfd for all timers. It is set only for a time earlier than the one it is set for, so
/// that deadlines that are always pushed back cost no system call.
class Reactor::Alarm final : public ReadyHandler {
 public:
  explicit Alarm(Reactor& reactor)
      : reactor_(reactor),
        fd_(checked(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "timerfd")) {
    reactor_.poller_.add(fd_.get(), {.readable = true}, *this);
  }
  void on_ready(Readiness) override {
    read_counter(fd_.get());
    set_for_ = TimePoint::max();
    reactor_.run_guarded([this] { reactor_.timers_.expire(Clock::now()); });
  }
  void set(TimePoint when) {
    if (when >= set_for_) return;
    set_for_ = when;
    // Zero would disarm it; a time long past fires at once.
    const itimerspec spec = absolute(std::max(when, TimePoint(std::chrono::nanoseconds(1))));
    ::timerfd_settime(fd_.get(), TFD_TIMER_ABSTIME, &spec, nullptr);
  }

 private:
  Reactor& reactor_;
  const core::Descriptor fd_;
  TimePoint set_for_ = TimePoint::max();
};

struct Reactor::CalledTimer {
  CalledTimer(std::function<void()> expired, Task called)
      : timer(std::move(expired)), task(std::move(called)) {}
  Timer timer;
  Task task;
};

EventLoop* EventLoop::current() noexcept { return t_reactor; }
Reactor* Reactor::current() noexcept { return t_reactor; }

Reactor::Reactor(std::size_t index, const RuntimeOptions& options)
    : index_(index),
      poller_([this] { turn_began_at_ = Clock::now(); }, [this] { end_turn(); }),
      fibers_(
          options.fibers_max_per_reactor, options.fiber_stack_bytes,
          [this](Fiber& fiber) { make_ready(fiber); }, [this] { count_exception(); }),
      alarm_(std::make_unique<Alarm>(*this)),
      wakeup_(std::make_unique<Wakeup>(*this)) {
  // Signals are the main thread's business; the new thread inherits the mask.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  const std::string name = options.name.substr(0, 12) + std::to_string(index);
  pthread_setname_np(thread_.native_handle(), name.substr(0, 15).c_str());
}

Reactor::~Reactor() {
  request_stop();
  join();
}

void Reactor::run() {
  t_reactor = this;
  turn_began_at_ = Clock::now();
  poller_.run();
  // Dropped at the end: who waits for one of them hears that it never ran.
  std::vector<Task> never_run;
  {
    const std::lock_guard lock(posted_mutex_);
    accepts_posts_ = false;
    never_run.swap(posted_);
  }
  fibers_.end();
}

void Reactor::request_stop() {
  post([this] { begin_stop(); });
}

void Reactor::join() {
  if (thread_.joinable()) thread_.join();
}

void Reactor::begin_stop() {
  if (is_stopping_) return;
  is_stopping_ = true;
  patience_ends_ = turn_began_at_ + kStopPatience;
  call_at(patience_ends_, [] {});
  fibers_.wake_all();
}

bool Reactor::post(Task task) {
  bool must_wake = false;
  {
    const std::lock_guard lock(posted_mutex_);
    if (!accepts_posts_) return false;
    posted_.push_back(std::move(task));
    must_wake = !std::exchange(wakeup_is_due_, true);
  }
  if (must_wake) wakeup_->wake();
  return true;
}

void Reactor::run_posted() {
  std::vector<Task> tasks;
  {
    const std::lock_guard lock(posted_mutex_);
    tasks.swap(posted_);
    wakeup_is_due_ = false;
  }
  for (const Task& task : tasks) run_guarded(task);
}

void Reactor::run_guarded(const Task& task) {
  try {
    task();
  } catch (...) {
    count_exception();
  }
}

bool Reactor::spawn(Task body) { return fibers_.start(std::move(body)); }

void Reactor::watch(int fd, Readiness interest, std::function<void(Readiness)> ready) {
  auto watch = std::make_unique<Watch>(*this, std::move(ready));
  std::unique_ptr<Watch>& place = watches_[fd];
  if (place) {
    poller_.modify(fd, interest, *watch);
    place->is_removed = true;
    removed_watches_.push_back(std::move(place));
  } else {
    poller_.add(fd, interest, *watch);
  }
  place = std::move(watch);
}

void Reactor::unwatch(int fd) {
  const auto found = watches_.find(fd);
  if (found == watches_.end()) return;
  poller_.remove(fd);
  found->second->is_removed = true;
  removed_watches_.push_back(std::move(found->second));
  watches_.erase(found);
}

EventLoop::TimerId Reactor::call_at(TimePoint when, Task task) {
  const TimerId id = ++last_timer_id_;
  auto called = std::make_unique<CalledTimer>([this, id] { call(id); }, std::move(task));
  timers_.schedule(called->timer, when);
  called_timers_.emplace(id, std::move(called));
  return id;
}

void Reactor::call(TimerId timer) {
  const auto found = called_timers_.find(timer);
  spent_timers_.push_back(std::move(found->second));
  called_timers_.erase(found);
  run_guarded(spent_timers_.back()->task);
}

void Reactor::cancel(TimerId timer) {
  const auto found = called_timers_.find(timer);
  if (found == called_timers_.end()) return;
  timers_.cancel(found->second->timer);
  called_timers_.erase(found);
}

void Reactor::at_turn_end(Task task) { turn_end_tasks_.push_back(std::move(task)); }

void Reactor::make_ready(Fiber& fiber) {
  if (std::exchange(fiber.is_queued, true)) return;
  ready_fibers_.push_back(&fiber);
}

void Reactor::yield_turn() {
  Fiber& self = *Fiber::current();
  if (post([this, &self] { make_ready(self); })) self.suspend();
}

void Reactor::end_turn() {
  for (int round = 0; round < kRoundsPerTurnMax; ++round) {
    if (ready_fibers_.empty() && turn_end_tasks_.empty()) break;
    resume_ready_fibers();
    run_turn_end_tasks();
  }
  if (!ready_fibers_.empty() || !turn_end_tasks_.empty()) post([] {});
  removed_watches_.clear();
  spent_timers_.clear();
  fibers_running_.store(fibers_.running(), std::memory_order_relaxed);
  fibers_pooled_.store(fibers_.pooled(), std::memory_order_relaxed);
  alarm_->set(timers_.next());
  if (is_stopping_ && (fibers_.running() == 0 || Clock::now() >= patience_ends_)) poller_.stop();
}

void Reactor::resume_ready_fibers() {
  std::vector<Fiber*> ready;
  ready.swap(ready_fibers_);
  for (Fiber* fiber : ready) {
    fiber->is_queued = false;
    fiber->resume();
  }
  if (ready_fibers_.empty()) {
    ready.clear();
    ready.swap(ready_fibers_);  // keeps its memory
  }
}

void Reactor::run_turn_end_tasks() {
  std::vector<Task> tasks;
  tasks.swap(turn_end_tasks_);
  for (const Task& task : tasks) run_guarded(task);
  if (turn_end_tasks_.empty()) {
    tasks.clear();
    tasks.swap(turn_end_tasks_);
  }
}

}  // namespace vigie::net
