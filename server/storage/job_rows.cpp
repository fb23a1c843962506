#include "server/storage/job_rows.hpp"

#include "server/storage/sql/jobs.hpp"

namespace vigie::storage {

namespace columns = sql::jobs::columns;

domain::Job read_job(const Rows& rows, int row) {
  return {
      .id = {rows.uuid(row, columns::kId)},
      .kind = rows.string(row, columns::kKind),
      // The table knows no other lanes.
      .lane =
          domain::parse_job_lane(rows.text(row, columns::kLane)).value_or(domain::JobLane::kLow),
      .priority = static_cast<int>(rows.integer(row, columns::kPriority)),
      .payload = rows.string(row, columns::kPayload),
      .payload_version = static_cast<int>(rows.integer(row, columns::kPayloadVersion)),
      .attempt = static_cast<int>(rows.integer(row, columns::kAttempt)),
      .attempts_max = static_cast<int>(rows.integer(row, columns::kAttemptsMax)),
      .enqueued_at = rows.timestamp(row, columns::kEnqueuedAt),
      .run_at = rows.timestamp(row, columns::kRunAt),
      .correlation_id = rows.string(row, columns::kCorrelationId),
      .traceparent = rows.string(row, columns::kTraceparent)};
}

}  // namespace vigie::storage
