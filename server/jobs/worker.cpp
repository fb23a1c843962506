#include "server/jobs/worker.hpp"

#include <utility>

#include "server/jobs/worker_state.hpp"
#include "server/net/run_on.hpp"

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
  if (net::begin_on(state_->home(), close, deadline) != net::RunOutcome::kTimedOut) return true;

  // The store's call has a deadline of its own.
  net::begin_on(state_->home(), [state = state_](const net::Done& done) {
    const bool is_started = state->home().spawn([state, done] {
      state->abandon();
      done();
    });
    // The leases run out.
    if (!is_started) done();
  });
  return false;
}

std::size_t Worker::running() const noexcept { return state_->running(); }

}  // namespace vigie::jobs
