#include "server/storage/job_queue.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "server/storage/sql/jobs.hpp"
#include "server/storage/sqlstate.hpp"
#include "server/storage/transaction.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/metrics.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/metrics.hpp"
#include "telemetry/trace.hpp"

namespace vigie::storage {
namespace {

namespace attributes = telemetry::attributes;
using domain::Code;
using domain::JobId;

Parameters parameters_of(const domain::Context& context, const domain::NewJob& job, JobId id) {
  Parameters parameters;
  parameters.uuid(id.uuid)
      .text(job.kind)
      .text(domain::name_of(job.lane))
      .small_integer(job.priority)
      .text(job.payload)
      .small_integer(job.payload_version);
  job.unique_key.empty() ? parameters.null_text() : parameters.text(job.unique_key);
  job.run_at ? parameters.timestamp(*job.run_at) : parameters.null_timestamp();
  parameters.small_integer(job.attempts_max)
      .small_integer(static_cast<std::int32_t>(job.lease.count()))
      .text(context.correlation_id)
      .text(context.trace != nullptr ? context.trace->traceparent() : std::string());
  job.origin.empty() ? parameters.null_text() : parameters.text(job.origin);
  return parameters;
}

void describe(telemetry::Span& span, const domain::NewJob& job) {
  if (!span.is_recording()) return;
  span.name("send " + std::string(job.kind));
  span.set(attributes::kMessagingSystem, "postgresql");
  span.set(attributes::kMessagingDestination, domain::name_of(job.lane));
  span.set(attributes::kMessagingOperationName, "send");
  span.set(attributes::kMessagingOperationType, "send");
  span.set(attributes::kJobKind, job.kind);
}

}  // namespace

PgJobQueue::PgJobQueue(Database& database, domain::IdSource& ids, telemetry::Metrics& metrics)
    : database_(database), ids_(ids), bell_(database) {
  for (const std::string_view kind : telemetry::metrics::kJobKinds) {
    enqueued_.emplace(kind, &metrics.counter(telemetry::metrics::kJobsEnqueued, {kind}));
  }
}

domain::Result<JobId> PgJobQueue::enqueue(const domain::Context& context,
                                          const domain::NewJob& job) {
  if (job.payload.size() > kPayloadBytesMax) {
    return domain::Error{.code = Code::kValidationFailed,
                         .message = "What is to be done is too long to be queued.",
                         .detail = "the payload of a job is too long"};
  }
  const JobId id{ids_.next()};
  telemetry::Span span(context.trace, telemetry::spans::kJobSend);
  describe(span, job);
  auto inserted = insert(context, job, id);
  if (!inserted) {
    span.error(domain::name_of(inserted.error().code));
    return inserted;
  }
  if (span.is_recording()) span.set(attributes::kMessagingMessageId, inserted->to_string());
  const auto counter = enqueued_.find(job.kind);
  if (*inserted == id && counter != enqueued_.end()) counter->second->add();
  if (*inserted == id) tell(context, job);
  return inserted;
}

void PgJobQueue::tell(const domain::Context& context, const domain::NewJob& job) {
  if (job.run_at && *job.run_at > std::chrono::system_clock::now()) return;
  const auto ring = [this, lane = job.lane] { bell_.ring(lane); };
  const auto transaction = transaction_of(context, database_);
  if (!transaction) return;  // then nothing was inserted either
  *transaction != nullptr ? (*transaction)->after_commit(ring) : ring();
}

domain::Result<JobId> PgJobQueue::insert(const domain::Context& context, const domain::NewJob& job,
                                         JobId id) {
  const Parameters parameters = parameters_of(context, job, id);
  if (!job.unique_key.empty()) return insert_unique(context, parameters);
  const auto inserted = database_.exec(context, sql::jobs::kEnqueue, parameters);
  if (!inserted) return inserted.error();
  return id;
}

domain::Result<JobId> PgJobQueue::insert_unique(const domain::Context& context,
                                                const Parameters& parameters) {
  constexpr int kAttemptsMax = 20;
  for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
    const auto rows = database_.exec(context, sql::jobs::kEnqueueUnique, parameters);
    if (!rows) return rows.error();
    if (!rows->empty()) return JobId{rows->uuid(0, 0)};
  }
  return error_of(Code::kOverloaded, "too many jobs with one unique key come and go");
}

}  // namespace vigie::storage
