#pragma once

#include "server/http/admin_handlers.hpp"

namespace vigie::http {

// The queue of jobs on the admin port. These wait for the database, each on its own fiber.

/// The last enqueued first; state, lane, kind, before (an id) and limit filter.
domain::Result<Response> list_jobs(AdminResources& resources, Exchange& exchange);
domain::Result<Response> show_job(AdminResources& resources, Exchange& exchange);
domain::Result<Response> retry_job(AdminResources& resources, Exchange& exchange);
domain::Result<Response> discard_job(AdminResources& resources, Exchange& exchange);
/// The failed ones of `kind`, or all of them (`all=true`); `limit` at most.
domain::Result<Response> retry_failed_jobs(AdminResources& resources, Exchange& exchange);
domain::Result<Response> discard_failed_jobs(AdminResources& resources, Exchange& exchange);

}  // namespace vigie::http
