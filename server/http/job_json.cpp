#include "server/http/job_json.hpp"

#include <optional>
#include <string>
#include <string_view>

#include "server/domain/rfc3339.hpp"

namespace vigie::http {
namespace {

void write_time(std::string_view name, const std::optional<domain::Timestamp>& time,
                telemetry::JsonWriter& json) {
  if (time) json.member(name, domain::format_rfc3339(*time));
}

void write_text(std::string_view name, const std::string& text, telemetry::JsonWriter& json) {
  if (!text.empty()) json.member(name, text);
}

}  // namespace

void write_job(const domain::JobRecord& record, telemetry::JsonWriter& json) {
  const domain::Job& job = record.job;
  json.begin_object()
      .member("id", job.id.to_string())
      .member("kind", job.kind)
      .member("lane", name_of(job.lane))
      .member("state", name_of(record.state))
      .member("priority", job.priority)
      .member("attempt", job.attempt)
      .member("attempts_max", job.attempts_max);
  write_time("enqueued_at", job.enqueued_at, json);
  write_time("run_at", job.run_at, json);
  write_time("started_at", record.started_at, json);
  write_time("lease_until", record.lease_until, json);
  write_time("failed_at", record.failed_at, json);
  write_text("unique_key", record.unique_key, json);
  write_text("worker", record.worker, json);
  write_text("error_code", record.error_code, json);
  write_text("error_detail", record.error_detail, json);
  write_text("correlation_id", job.correlation_id, json);
  write_text("traceparent", job.traceparent, json);
  json.member("payload_version", job.payload_version).member("payload", job.payload).end_object();
}

}  // namespace vigie::http
