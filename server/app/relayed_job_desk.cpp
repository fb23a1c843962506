#include "server/app/relayed_job_desk.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/trace.hpp"
#include "telemetry/trace_context.hpp"

namespace vigie::app {
namespace {

using domain::Code;

/// Shared by both fibers: the caller may leave at its deadline.
template <typename T>
struct Call {
  std::string correlation_id;
  /// The caller's open span; empty: he has no trace.
  std::string traceparent;
  std::optional<domain::Result<T>> result;
  /// On the caller's stack; null when it has left. Touched on the caller's loop alone.
  net::Parking* caller = nullptr;
};

domain::Error no_answer(Code code) {
  return {.code = code, .message = "The queue could not be looked at; try again shortly."};
}

/// What the other loop does for the caller.
template <typename T>
domain::Result<T> asked(const Call<T>& call, telemetry::Tracer& tracer, net::TimePoint deadline,
                        const std::function<domain::Result<T>(const domain::Context&)>& ask) {
  domain::Context context;
  context.correlation_id = call.correlation_id;
  context.deadline = deadline;
  const auto parent = telemetry::parse_traceparent(call.traceparent, "");
  if (!parent) return ask(context);
  telemetry::Trace trace(tracer, parent);
  context.trace = &trace;
  return ask(context);
}

/// Runs `ask` on a fiber of the loop at home.
template <typename T, typename Home>
domain::Result<T> ask_at(const Home& at, const domain::Context& context,
                         std::function<domain::Result<T>(const domain::Context&)> ask) {
  net::EventLoop& home = *net::EventLoop::current();
  net::Parking parking;
  const auto call = std::make_shared<Call<T>>();
  call->correlation_id = context.correlation_id;
  if (context.trace != nullptr) call->traceparent = context.trace->traceparent();
  call->caller = &parking;
  const auto answer = [call, &home](domain::Result<T> result) {
    home.post([call, result = std::make_shared<domain::Result<T>>(std::move(result))] {
      call->result = std::move(*result);
      if (call->caller != nullptr) call->caller->notify();
    });
  };
  const bool is_posted =
      at.loop.post([at, call, answer, ask = std::move(ask), deadline = context.deadline] {
        const bool is_started = at.loop.spawn([at, call, answer, ask, deadline] {
          answer(asked<T>(*call, at.tracer, deadline, ask));
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
  return ask_at<std::vector<domain::JobRecord>>(
      home_, context,
      [&desk = desk_, filter](const domain::Context& there) { return desk.list(there, filter); });
}

domain::Result<std::optional<domain::JobRecord>> RelayedJobDesk::find(
    const domain::Context& context, domain::JobId id) {
  return ask_at<std::optional<domain::JobRecord>>(
      home_, context,
      [&desk = desk_, id](const domain::Context& there) { return desk.find(there, id); });
}

domain::Result<domain::JobRecord> RelayedJobDesk::release(const domain::Context& context,
                                                          domain::JobId id) {
  return ask_at<domain::JobRecord>(
      home_, context,
      [&desk = desk_, id](const domain::Context& there) { return desk.release(there, id); });
}

domain::Result<domain::JobRecord> RelayedJobDesk::discard(const domain::Context& context,
                                                          domain::JobId id) {
  return ask_at<domain::JobRecord>(
      home_, context,
      [&desk = desk_, id](const domain::Context& there) { return desk.discard(there, id); });
}

domain::Result<std::vector<domain::JobCount>> RelayedJobDesk::counts(
    const domain::Context& context) {
  return ask_at<std::vector<domain::JobCount>>(
      home_, context, [&desk = desk_](const domain::Context& there) { return desk.counts(there); });
}

}  // namespace vigie::app
