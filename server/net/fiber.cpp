#include "server/net/fiber.hpp"

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <utility>

// clang says it in another way.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__)
#define __SANITIZE_ADDRESS__
#endif
#if __has_feature(thread_sanitizer) && !defined(__SANITIZE_THREAD__)
#define __SANITIZE_THREAD__
#endif
#endif

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace vigie::net {

namespace {

constexpr std::size_t kIdleFibersMax = 512;

thread_local Fiber* t_current = nullptr;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// Instrumented frames are several times larger.
constexpr std::size_t kStackFactor = 4;
#else
constexpr std::size_t kStackFactor = 1;
#endif

// Boost's guarded stack, whose bounds AddressSanitizer has to be told.
struct RecordedStack {
  boost::context::protected_fixedsize_stack stack;
  boost::context::stack_context* bounds;

  boost::context::stack_context allocate() { return *bounds = stack.allocate(); }
  void deallocate(boost::context::stack_context& context) noexcept { stack.deallocate(context); }
};

}  // namespace

struct Fiber::Switch {
  boost::context::fiber fiber;    // set while the fiber is suspended
  boost::context::fiber resumer;  // set while it runs
  boost::context::stack_context stack;

#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack = nullptr;
  const void* resumer_bottom = nullptr;
  std::size_t resumer_size = 0;

  void to_fiber() {
    void* own_fake_stack = nullptr;
    const auto* top = static_cast<const char*>(stack.sp);
    __sanitizer_start_switch_fiber(&own_fake_stack, top - stack.size, stack.size);
    fiber = std::move(fiber).resume();
    __sanitizer_finish_switch_fiber(own_fake_stack, nullptr, nullptr);
  }
  void entered() { __sanitizer_finish_switch_fiber(fake_stack, &resumer_bottom, &resumer_size); }
  void to_resumer() {
    __sanitizer_start_switch_fiber(&fake_stack, resumer_bottom, resumer_size);
    resumer = std::move(resumer).resume();
    entered();
  }
  void leaving() { __sanitizer_start_switch_fiber(nullptr, resumer_bottom, resumer_size); }
#elif defined(__SANITIZE_THREAD__)
  void* tsan_fiber = __tsan_create_fiber(0);
  void* tsan_resumer = nullptr;

  ~Switch() { __tsan_destroy_fiber(tsan_fiber); }
  void to_fiber() {
    tsan_resumer = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(tsan_fiber, 0);
    fiber = std::move(fiber).resume();
  }
  void entered() {}
  void to_resumer() {
    __tsan_switch_to_fiber(tsan_resumer, 0);
    resumer = std::move(resumer).resume();
  }
  void leaving() { __tsan_switch_to_fiber(tsan_resumer, 0); }
#else
  void to_fiber() { fiber = std::move(fiber).resume(); }
  void entered() {}
  void to_resumer() { resumer = std::move(resumer).resume(); }
  void leaving() {}
#endif
};

Fiber::Fiber(FiberPool& pool, std::size_t stack_bytes)
    : pool_(pool),
      wait_timer_([this] { pool_.make_ready_(*this); }),
      switch_(std::make_unique<Switch>()) {
  RecordedStack stack{boost::context::protected_fixedsize_stack(stack_bytes * kStackFactor),
                      &switch_->stack};
  switch_->fiber =
      boost::context::fiber(std::allocator_arg, stack, [this](boost::context::fiber&& resumer) {
        switch_->resumer = std::move(resumer);
        switch_->entered();
        run_bodies();
        switch_->leaving();
        return std::move(switch_->resumer);
      });
}

Fiber::~Fiber() {
  // An idle fiber ends by returning; nothing is unwound by force.
  must_end_ = true;
  if (switch_->fiber) switch_->to_fiber();
}

Fiber* Fiber::current() noexcept { return t_current; }

void Fiber::resume() {
  Fiber* const resumer = t_current;
  t_current = this;
  switch_->to_fiber();
  t_current = resumer;
  if (!body_) pool_.body_ended(*this);  // may destroy this
}

void Fiber::suspend() { switch_->to_resumer(); }

void Fiber::run_bodies() {
  while (!must_end_) {
    try {
      body_();
    } catch (...) {
      pool_.body_threw_();
    }
    body_ = nullptr;
    suspend();
  }
}

FiberPool::FiberPool(std::size_t fibers_max, std::size_t stack_bytes,
                     std::function<void(Fiber&)> make_ready, std::function<void()> body_threw)
    : fibers_max_(fibers_max),
      stack_bytes_(stack_bytes),
      make_ready_(std::move(make_ready)),
      body_threw_(std::move(body_threw)) {}

FiberPool::~FiberPool() { end(); }

bool FiberPool::start(EventLoop::Task body) {
  if (running_.size() >= fibers_max_) return false;
  std::unique_ptr<Fiber> fiber;
  if (idle_.empty()) {
    fiber = std::make_unique<Fiber>(*this, stack_bytes_);
  } else {
    fiber = std::move(idle_.back());
    idle_.pop_back();
  }
  Fiber& started = *fiber;
  started.body_ = std::move(body);
  started.slot_ = running_.size();
  running_.push_back(std::move(fiber));
  started.resume();
  return true;
}

void FiberPool::body_ended(Fiber& fiber) {
  std::unique_ptr<Fiber> ended = std::move(running_[fiber.slot_]);
  if (fiber.slot_ + 1 != running_.size()) {
    running_[fiber.slot_] = std::move(running_.back());
    running_[fiber.slot_]->slot_ = fiber.slot_;
  }
  running_.pop_back();
  if (idle_.size() < kIdleFibersMax) idle_.push_back(std::move(ended));
}

void FiberPool::wake_all() {
  for (const std::unique_ptr<Fiber>& fiber : running_) make_ready_(*fiber);
}

void FiberPool::end() {
  idle_.clear();
  for (std::unique_ptr<Fiber>& fiber : running_) static_cast<void>(fiber.release());
  running_.clear();
}

}  // namespace vigie::net
