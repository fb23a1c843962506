#pragma once

#include "server/domain/job_desk.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {

/// A job as operators see it. Its payload is told: it holds no secret (domain::NewJob).
void write_job(const domain::JobRecord& record, telemetry::JsonWriter& json);

}  // namespace vigie::http
