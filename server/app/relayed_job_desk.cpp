#include "server/app/relayed_job_desk.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/net/run_on.hpp"
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
  const auto call = std::make_shared<Call<T>>();
  call->correlation_id = context.correlation_id;
  if (context.trace != nullptr) call->traceparent = context.trace->traceparent();
  const auto body = [at, call, ask = std::move(ask), deadline = context.deadline] {
    call->result = asked<T>(*call, at.tracer, deadline, ask);
  };
  switch (net::call_on_fiber(at.loop, body, context.deadline)) {
    case net::CallOutcome::kDone:
      return *std::move(call->result);
    case net::CallOutcome::kStopped:
      return no_answer(Code::kUnavailable);
    case net::CallOutcome::kNoFiber:
      return no_answer(Code::kOverloaded);
    case net::CallOutcome::kTimedOut:
      break;
  }
  return no_answer(Code::kDeadlineExceeded);
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
