#pragma once

#include "server/domain/job.hpp"
#include "server/storage/rows.hpp"

namespace vigie::storage {

/// How many columns `read_job` reads from the first one of a row on: id, kind, lane, priority,
/// payload, payload_version, attempt, attempts_max, enqueued_at, run_at, correlation_id,
/// traceparent.
inline constexpr int kJobColumnCount = 12;

domain::Job read_job(const Rows& rows, int row);

}  // namespace vigie::storage
