#include "server/jobs/worker.hpp"

#include <future>
#include <utility>

#include "server/jobs/closing.hpp"
#include "server/jobs/worker_state.hpp"

namespace vigie::jobs {

Worker::Worker(const Parts& parts, WorkerOptions options)
    : state_(std::make_shared<State>(parts, std::move(options))) {}

Worker::~Worker() = default;

void Worker::start() {
  state_->home().post([state = state_] { state->open(); });
}

void Worker::wake(domain::JobLane lane) {
  state_->home().post([state = state_, lane] { state->wake(lane); });
}

void Worker::wake_all() {
  state_->home().post([state = state_] { state->wake_all(); });
}

bool Worker::stop(net::TimePoint deadline) {
  const auto close = [state = state_](auto idle) { state->close(std::move(idle)); };
  if (close_on(state_->home(), close, deadline)) return true;

  const auto given_back = std::make_shared<std::promise<void>>();
  std::future<void> is_given_back = given_back->get_future();
  state_->home().post([state = state_, given_back] {
    const bool is_started = state->home().spawn([state, given_back] {
      state->abandon();
      given_back->set_value();
    });
    // The leases run out.
    if (!is_started) given_back->set_value();
  });
  // The store's call has a deadline of its own; a loop that stops meanwhile drops the promise.
  is_given_back.wait();
  return false;
}

std::size_t Worker::running() const noexcept { return state_->running(); }

}  // namespace vigie::jobs
