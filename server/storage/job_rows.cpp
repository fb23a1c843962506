#include "server/storage/job_rows.hpp"

namespace vigie::storage {

domain::Job read_job(const Rows& rows, int row) {
  return {.id = {rows.uuid(row, 0)},
          .kind = rows.string(row, 1),
          // The table knows no other lanes.
          .lane = domain::parse_job_lane(rows.text(row, 2)).value_or(domain::JobLane::kLow),
          .priority = static_cast<int>(rows.integer(row, 3)),
          .payload = rows.string(row, 4),
          .payload_version = static_cast<int>(rows.integer(row, 5)),
          .attempt = static_cast<int>(rows.integer(row, 6)),
          .attempts_max = static_cast<int>(rows.integer(row, 7)),
          .enqueued_at = rows.timestamp(row, 8),
          .run_at = rows.timestamp(row, 9),
          .correlation_id = rows.string(row, 10),
          .traceparent = rows.string(row, 11)};
}

}  // namespace vigie::storage
