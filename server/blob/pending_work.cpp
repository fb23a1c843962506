#include "server/blob/pending_work.hpp"

#include <exception>
#include <optional>
#include <utility>

#include "server/blob/offload.hpp"

namespace vigie::blob {

struct PendingWork::State {
  std::optional<domain::Result<void>> result;
  std::exception_ptr failure;
  net::Parking* parking = nullptr;  // where its owner waits
};

domain::Result<void> PendingWork::start(const Work& work, net::TimePoint deadline) {
  if (auto former = finish(deadline); !former) return former;
  const auto state = std::make_shared<State>();
  auto run = [state, &pool = pool_, work, deadline] {
    try {
      state->result = offload(pool, deadline, work);
    } catch (...) {
      state->failure = std::current_exception();
    }
    if (state->parking != nullptr) state->parking->notify();
  };
  state_ = state;
  net::EventLoop* const loop = net::EventLoop::current();
  // Without a fiber to spare, this one does it.
  if (loop == nullptr || !loop->spawn(run)) run();
  return {};
}

domain::Result<void> PendingWork::finish(net::TimePoint deadline) {
  if (state_ == nullptr) return {};
  const auto state = std::move(state_);
  if (!state->result && !state->failure) {
    net::Parking parking;
    state->parking = &parking;
    parking.wait_until(deadline);
    state->parking = nullptr;
  }
  if (state->failure) std::rethrow_exception(state->failure);
  if (!state->result) return not_done(net::CpuPool::Outcome::kTimedOut);
  return *std::move(state->result);
}

}  // namespace vigie::blob
