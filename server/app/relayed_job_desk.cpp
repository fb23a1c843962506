#include "server/app/relayed_job_desk.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace vigie::app {
namespace {

using domain::Code;

/// Shared by both fibers: the caller may leave at its deadline.
template <typename T>
struct Call {
  std::string correlation_id;
  std::optional<domain::Result<T>> result;
  /// On the caller's stack; null when it has left. Touched on the caller's loop alone.
  net::Parking* caller = nullptr;
};

domain::Error no_answer(Code code) {
  return {.code = code, .message = "The queue could not be looked at; try again shortly."};
}

/// Runs `ask` on a fiber of `loop`.
template <typename T>
domain::Result<T> relayed(net::EventLoop& loop, const domain::Context& context,
                          std::function<domain::Result<T>(const domain::Context&)> ask) {
  net::EventLoop& home = *net::EventLoop::current();
  net::Parking parking;
  const auto call = std::make_shared<Call<T>>();
  call->correlation_id = context.correlation_id;
  call->caller = &parking;
  const auto answer = [call, &home](domain::Result<T> result) {
    home.post([call, result = std::make_shared<domain::Result<T>>(std::move(result))] {
      call->result = std::move(*result);
      if (call->caller != nullptr) call->caller->notify();
    });
  };
  const bool is_posted =
      loop.post([&loop, call, answer, ask = std::move(ask), deadline = context.deadline] {
        const bool is_started = loop.spawn([call, answer, ask, deadline] {
          domain::Context relayed;
          relayed.correlation_id = call->correlation_id;
          relayed.deadline = deadline;
          answer(ask(relayed));
        });
        if (!is_started) answer(no_answer(Code::kOverloaded));
      });
  if (!is_posted) return no_answer(Code::kUnavailable);
  while (!call->result && parking.wait_until(context.deadline) == net::Wake::kNotified) {
  }
  call->caller = nullptr;
  if (!call->result) return no_answer(Code::kDeadlineExceeded);
  return *std::move(call->result);
}

}  // namespace

domain::Result<std::vector<domain::JobRecord>> RelayedJobDesk::list(
    const domain::Context& context, const domain::JobFilter& filter) {
  return relayed<std::vector<domain::JobRecord>>(
      loop_, context, [&desk = desk_, filter](const domain::Context& relayed) {
        return desk.list(relayed, filter);
      });
}

domain::Result<std::optional<domain::JobRecord>> RelayedJobDesk::find(
    const domain::Context& context, domain::JobId id) {
  return relayed<std::optional<domain::JobRecord>>(
      loop_, context,
      [&desk = desk_, id](const domain::Context& relayed) { return desk.find(relayed, id); });
}

domain::Result<domain::JobRecord> RelayedJobDesk::release(const domain::Context& context,
                                                          domain::JobId id) {
  return relayed<domain::JobRecord>(
      loop_, context,
      [&desk = desk_, id](const domain::Context& relayed) { return desk.release(relayed, id); });
}

domain::Result<domain::JobRecord> RelayedJobDesk::discard(const domain::Context& context,
                                                          domain::JobId id) {
  return relayed<domain::JobRecord>(
      loop_, context,
      [&desk = desk_, id](const domain::Context& relayed) { return desk.discard(relayed, id); });
}

domain::Result<std::vector<domain::JobCount>> RelayedJobDesk::counts(
    const domain::Context& context) {
  return relayed<std::vector<domain::JobCount>>(
      loop_, context,
      [&desk = desk_](const domain::Context& relayed) { return desk.counts(relayed); });
}

}  // namespace vigie::app
