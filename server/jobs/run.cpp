#include "server/jobs/run.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <optional>
#include <string_view>
#include <utility>

#include "server/jobs/objective.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/spans.hpp"

namespace vigie::jobs {
namespace {

using namespace telemetry::attributes;
namespace log_events = telemetry::log_events;
using domain::Code;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// Of one attempt to tell the store what became of the run.
constexpr std::chrono::seconds kStoreTimeMax{5};
constexpr std::chrono::milliseconds kStorePause{250};

/// Trying again does not make the payload readable, or what is gone come back.
bool is_useless_to_retry(Code code) {
  return code == Code::kValidationFailed || code == Code::kNotFound;
}

bool is_late(domain::JobLane lane, Seconds waited) {
  return domain::name_of(lane) == kObjectiveLane && waited > kLateAfter;
}

/// What the store has said of the run, for good.
bool is_settled(const domain::Result<void>& stored) {
  return stored || stored.error().code == Code::kVersionMismatch ||
         stored.error().code == Code::kNotFound;
}

}  // namespace

Run::Run(const RunParts& parts, const domain::ClaimedJob& claimed, const HandlerEntry& entry)
    : parts_(parts),
      claimed_(claimed),
      entry_(entry),
      trace_(parts.instruments.tracer, std::nullopt),
      correlation_id_(claimed.job.correlation_id.empty() ? claimed.job.id.to_string()
                                                         : claimed.job.correlation_id) {}

void Run::execute() {
  const net::TimePoint began = Clock::now();
  Ending ending;
  {
    telemetry::Span span(&trace_, telemetry::spans::kJobProcess);
    describe(span);
    parts_.instruments.metrics.waited(job().lane, claimed_.waited, trace_);
    if (is_late(job().lane, claimed_.waited)) trace_.mark_slow();
    ending = settle(ending_of(call_handler()));
    parts_.instruments.metrics.ran(job().kind, Clock::now() - began, trace_);
    if (ending.outcome != Outcome::kDone) span.error(domain::name_of(ending.error.code));
    tell(ending, began);
  }
  trace_.finish();
}

domain::Result<void> Run::call_handler() {
  parts_.instruments.log.write(log_events::kJobStarted,
                               telemetry::context_of(&trace_, correlation_id_),
                               {{kJobId, job().id.to_string()},
                                {kJobKind, job().kind},
                                {kJobLane, domain::name_of(job().lane)},
                                {kJobAttempt, job().attempt},
                                {kJobWait, Seconds(claimed_.waited).count()}});
  try {
    return entry_.handler.run(context_until(Clock::now() + entry_.run_time_max), *this);
  } catch (const std::exception& error) {
    return domain::Error{.code = Code::kInternal, .detail = error.what()};
  }
}

domain::Result<void> Run::finish(const domain::Context& context) {
  const auto finished = parts_.store.finish(context, {&claimed_.key, 1});
  if (!finished) return finished.error();
  if (finished->done.empty()) {
    return domain::Error{.code = Code::kVersionMismatch, .detail = "the lease was lost"};
  }
  has_finished_ = true;
  return {};
}

Run::Ending Run::ending_of(domain::Result<void> handled) {
  if (handled) return {};
  domain::Error error = std::move(handled).error();
  if (is_useless_to_retry(error.code) || job().attempt >= job().attempts_max) {
    return {.outcome = Outcome::kFailed, .error = std::move(error)};
  }
  return {.outcome = Outcome::kRetried,
          .error = std::move(error),
          .pause = parts_.backoff.pause(job().attempt)};
}

/// While the lease lasts the store is asked again: a database that was away for a moment must not
/// have a job done twice.
Run::Ending Run::settle(Ending wanted) {
  if (wanted.outcome == Outcome::kDone && has_finished_) return wanted;
  const net::TimePoint give_up_at = Clock::now() + claimed_.lease;
  domain::Result<void> stored = store(wanted);
  bool was_in_doubt = has_finished_;
  while (!is_settled(stored) && Clock::now() < give_up_at) {
    was_in_doubt = true;
    const net::TimePoint wake_at = Clock::now() + kStorePause;
    net::sleep_until(wake_at);
    if (Clock::now() < wake_at) break;  // the loop stops: the lease will run out
    stored = store(wanted);
  }
  if (stored) return wanted;
  // The answer to an earlier attempt, or to the handler's own commit, was lost, but not its effect.
  const bool is_gone = stored.error().code == Code::kNotFound;
  if (is_gone && was_in_doubt) return {};
  return {.outcome = Outcome::kLost, .error = std::move(stored).error()};
}

domain::Result<void> Run::store(const Ending& wanted) {
  const net::TimePoint deadline = Clock::now() + kStoreTimeMax;
  const domain::Context context = context_until(deadline);
  const domain::JobFailure failure{
      wanted.error.code, wanted.error.detail.empty() ? wanted.error.message : wanted.error.detail};
  switch (wanted.outcome) {
    case Outcome::kRetried:
      return parts_.store.retry(context, claimed_.key, wanted.pause, failure);
    case Outcome::kFailed:
      return parts_.store.fail(context, claimed_.key, failure);
    default:
      return parts_.finisher.finish(claimed_.key, deadline);
  }
}

domain::Context Run::context_until(net::TimePoint deadline) {
  domain::Context context;
  context.trace = &trace_;
  context.correlation_id = correlation_id_;
  context.deadline = deadline;
  return context;
}

void Run::describe(telemetry::Span& span) const {
  if (!span.is_recording()) return;
  span.name("process " + job().kind);
  span.set(kMessagingSystem, "postgresql");
  span.set(kMessagingDestination, domain::name_of(job().lane));
  span.set(kMessagingMessageId, job().id.to_string());
  span.set(kMessagingOperationName, "process");
  span.set(kMessagingOperationType, "process");
  span.set(kJobKind, job().kind);
  span.set(kJobAttempt, job().attempt);
  span.set(kJobAttemptsMax, job().attempts_max);
  span.set(kJobWait, Seconds(claimed_.waited).count());
  span.set(kCorrelationId, correlation_id_);
  const auto cause = telemetry::parse_traceparent(job().traceparent, {});
  if (cause) span.link(cause->trace_id, cause->span_id);
}

void Run::tell(const Ending& ending, net::TimePoint began) {
  // A lost job is counted once, by whoever takes it back.
  if (ending.outcome != Outcome::kLost) {
    parts_.instruments.metrics.ended(job().kind, ending.outcome);
  }
  if (ending.outcome == Outcome::kFailed) parts_.instruments.metrics.dead_lettered(job().kind);
  static constexpr std::array kEvents{&log_events::kJobDone, &log_events::kJobRetried,
                                      &log_events::kJobFailed, &log_events::kJobLost};
  const telemetry::LogEventType& event = *kEvents[static_cast<std::size_t>(ending.outcome)];
  const bool is_done = ending.outcome == Outcome::kDone;
  const telemetry::AttributeValue absent;
  parts_.instruments.log.write(
      event, telemetry::context_of(&trace_, correlation_id_),
      {{kJobId, job().id.to_string()},
       {kJobKind, job().kind},
       {kJobLane, domain::name_of(job().lane)},
       {kJobAttempt, job().attempt},
       {kJobAttemptsMax, job().attempts_max},
       {kJobWait, Seconds(claimed_.waited).count()},
       {kJobRunDuration, Seconds(Clock::now() - began).count()},
       {kJobPause, ending.outcome == Outcome::kRetried
                       ? telemetry::AttributeValue(Seconds(ending.pause).count())
                       : absent},
       {kErrorType,
        is_done ? absent : telemetry::AttributeValue(domain::name_of(ending.error.code))},
       {kDetail, is_done ? absent : telemetry::AttributeValue(ending.error.detail)}});
}

}  // namespace vigie::jobs
