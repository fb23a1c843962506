#include "server/net/runtime.hpp"

#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

#include "server/net/reactor.hpp"
#include "server/net/run_on.hpp"

namespace vigie::net {

Runtime::Runtime(RuntimeOptions options) {
  if (options.reactor_count == 0) throw std::invalid_argument("a runtime needs a reactor");
  for (std::size_t index = 0; index < options.reactor_count; ++index) {
    reactors_.push_back(std::make_unique<Reactor>(index, options));
  }
}

Runtime::~Runtime() { stop(); }

EventLoop& Runtime::loop(std::size_t index) { return *reactors_.at(index); }

void Runtime::stop() {
  for (const auto& reactor : reactors_) reactor->request_stop();
  for (const auto& reactor : reactors_) reactor->join();
}

std::uint64_t Runtime::uncaught_exceptions() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& reactor : reactors_) sum += reactor->uncaught_exceptions();
  return sum;
}

std::size_t Runtime::fibers_running() const noexcept {
  std::size_t sum = 0;
  for (const auto& reactor : reactors_) sum += reactor->fibers_running();
  return sum;
}

std::size_t Runtime::fibers_pooled() const noexcept {
  std::size_t sum = 0;
  for (const auto& reactor : reactors_) sum += reactor->fibers_pooled();
  return sum;
}

void run_on_fiber(Runtime& runtime, std::size_t loop_index, std::function<void()> body) {
  // Shared by this thread and the fiber: the fiber may be abandoned by a stop.
  const auto failure = std::make_shared<std::exception_ptr>();
  EventLoop& loop = runtime.loop(loop_index);
  const auto begin = [&loop, failure, body = std::move(body)](const Done& done) {
    const bool is_started = loop.spawn([failure, body, done] {
      try {
        body();
      } catch (...) {
        *failure = std::current_exception();
      }
      done();
    });
    if (is_started) return;
    *failure = std::make_exception_ptr(std::runtime_error("no fiber is free"));
    done();
  };
  if (begin_on(loop, begin) == RunOutcome::kStopped) {
    throw std::runtime_error("the runtime has stopped");
  }
  if (*failure) std::rethrow_exception(*failure);
}

}  // namespace vigie::net
