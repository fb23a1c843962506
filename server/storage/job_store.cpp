#include "server/storage/job_store.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "server/storage/job_rows.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::JobRunKey;

// All of these are planned at each call, which costs a tenth of a millisecond: a plan that was made
// while the table was short reads all of it when it is long.

/// now(), not clock_timestamp(), in conditions: a volatile function cannot use an index. `holder`:
/// an owner or an origin, which never look alike: an id has 36 characters, an origin 16. `near`:
/// more than are wanted, for some of them are beyond a share, or another worker's.
constexpr Query kClaim{
    .name = QueryName::kJobsClaim,
    .sql =
        "WITH held AS MATERIALIZED ("
        "SELECT holder, count(*) AS places "
        "FROM jobs CROSS JOIN LATERAL (VALUES (owner), (origin)) AS holders (holder) "
        "WHERE state = 'running' AND lane = $1 AND worker = $4 AND holder IS NOT NULL "
        "GROUP BY holder), "
        "near AS MATERIALIZED ("
        "SELECT id, owner, origin, priority, run_at FROM jobs "
        "WHERE state = 'ready' AND lane = $1 AND kind = ANY ($2) "
        "AND NOT EXISTS (SELECT FROM held WHERE holder = owner AND places >= $5) "
        "AND NOT EXISTS (SELECT FROM held WHERE holder = origin AND places >= $5) "
        "ORDER BY priority DESC, run_at, id LIMIT $3 * 8::bigint + 32), "
        "turns AS ("
        "SELECT id, greatest("
        "COALESCE((SELECT places FROM held WHERE holder = owner), 0) + row_number() OVER "
        "(PARTITION BY COALESCE(owner, id::text) ORDER BY priority DESC, run_at, id), "
        "COALESCE((SELECT places FROM held WHERE holder = origin), 0) + row_number() OVER "
        "(PARTITION BY COALESCE(origin, id::text) ORDER BY priority DESC, run_at, id)) AS turn "
        "FROM near), "
        "first AS MATERIALIZED ("
        "SELECT jobs.id FROM jobs JOIN turns ON jobs.id = turns.id "
        "WHERE state = 'ready' AND turn <= $5 "
        "ORDER BY priority DESC, run_at, jobs.id LIMIT $3 "
        "FOR NO KEY UPDATE OF jobs SKIP LOCKED) "
        "UPDATE jobs SET state = 'running', attempt = attempt + 1, "
        "run = run + 1, started_at = now(), worker = $4, "
        "lease_until = now() + make_interval(secs => lease_seconds) "
        "FROM first WHERE jobs.id = first.id "
        "RETURNING jobs.id, kind, lane, priority, payload, payload_version, "
        "attempt, attempts_max, enqueued_at, run_at, correlation_id, "
        "traceparent, run, lease_seconds, "
        "(extract(epoch FROM clock_timestamp() - run_at) * 1000000)::bigint",
    .operation = "UPDATE",
    .lane = Lane::kWrite};

/// One that is locked is passed over: its handler is about to end it, and others must not wait.
constexpr Query kRenew{.name = QueryName::kJobsRenew,
                       .sql =
                           "WITH held AS MATERIALIZED ("
                           "SELECT jobs.id FROM jobs "
                           "JOIN unnest($1::uuid[], $2::bigint[]) AS held (id, run) "
                           "ON jobs.id = held.id AND jobs.run = held.run "
                           "WHERE state = 'running' FOR NO KEY UPDATE OF jobs SKIP LOCKED) "
                           "UPDATE jobs "
                           "SET lease_until = now() + make_interval(secs => lease_seconds) "
                           "FROM held WHERE jobs.id = held.id",
                       .operation = "UPDATE",
                       .lane = Lane::kWrite};

/// A scheduled task's job has the task's name as its key.
constexpr Query kFinish{.name = QueryName::kJobsFinish,
                        .sql =
                            "WITH held AS ("
                            "SELECT * FROM unnest($1::uuid[], $2::bigint[]) AS held (id, run)), "
                            "done AS ("
                            "DELETE FROM jobs USING held WHERE jobs.id = held.id "
                            "AND jobs.run = held.run AND state = 'running' "
                            "RETURNING jobs.id, unique_key), "
                            "tasks AS ("
                            "UPDATE scheduled_tasks SET last_success_at = now() "
                            "FROM done WHERE task = unique_key) "
                            "SELECT id, true FROM done "
                            "UNION ALL SELECT jobs.id, false FROM jobs JOIN held USING (id) "
                            "WHERE jobs.id NOT IN (SELECT id FROM done)",
                        .operation = "DELETE",
                        .lane = Lane::kWrite};

constexpr Query kRetry{.name = QueryName::kJobsRetry,
                       .sql =
                           "WITH ended AS ("
                           "UPDATE jobs SET state = 'scheduled', lease_until = NULL, "
                           "run_at = now() + $5 * interval '1 millisecond', "
                           "error_code = $3, error_detail = $4 "
                           "WHERE id = $1 AND run = $2 AND state = 'running' RETURNING id) "
                           "SELECT EXISTS (SELECT FROM ended), "
                           "EXISTS (SELECT FROM jobs WHERE id = $1)",
                       .operation = "UPDATE",
                       .lane = Lane::kWrite};

constexpr Query kFail{.name = QueryName::kJobsFail,
                      .sql =
                          "WITH ended AS ("
                          "UPDATE jobs SET state = 'failed', lease_until = NULL, "
                          "failed_at = now(), error_code = $3, error_detail = $4 "
                          "WHERE id = $1 AND run = $2 AND state = 'running' RETURNING id) "
                          "SELECT EXISTS (SELECT FROM ended), "
                          "EXISTS (SELECT FROM jobs WHERE id = $1)",
                      .operation = "UPDATE",
                      .lane = Lane::kWrite};

constexpr Query kGiveBack{.name = QueryName::kJobsGiveBack,
                          .sql =
                              "WITH back AS ("
                              "UPDATE jobs SET state = 'ready', attempt = attempt - 1, "
                              "lease_until = NULL "
                              "FROM unnest($1::uuid[], $2::bigint[]) AS held (id, run) "
                              "WHERE jobs.id = held.id AND jobs.run = held.run "
                              "AND state = 'running' RETURNING lane) "
                              "SELECT pg_notify('jobs', lane) FROM back GROUP BY lane",
                          .operation = "UPDATE",
                          .lane = Lane::kWrite};

constexpr Query kPromote{.name = QueryName::kJobsPromote,
                         .sql =
                             "WITH due AS MATERIALIZED ("
                             "SELECT id FROM jobs WHERE state = 'scheduled' AND run_at <= now() "
                             "ORDER BY run_at LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED), "
                             "moved AS ("
                             "UPDATE jobs SET state = 'ready' FROM due WHERE jobs.id = due.id "
                             "RETURNING lane) "
                             "SELECT count(*), pg_notify('jobs', lane) "
                             "FROM moved GROUP BY lane",
                         .operation = "UPDATE",
                         .lane = Lane::kWrite};

constexpr Query kRecover{
    .name = QueryName::kJobsRecover,
    .sql =
        "WITH lost AS MATERIALIZED ("
        "SELECT id FROM jobs WHERE state = 'running' AND lease_until < now() "
        "ORDER BY lane, id LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED), "
        "back AS ("
        "UPDATE jobs SET lease_until = NULL, run_at = now(), error_code = 'lost', "
        "error_detail = 'worker ' || worker || ' was not heard of any more', "
        "state = CASE WHEN attempt < attempts_max THEN 'ready' ELSE 'failed' END, "
        "failed_at = CASE WHEN attempt < attempts_max THEN NULL ELSE now() END "
        "FROM lost WHERE jobs.id = lost.id RETURNING jobs.*), "
        "told AS ("
        "SELECT pg_notify('jobs', lane) FROM back WHERE state = 'ready' GROUP BY lane) "
        "SELECT id, kind, lane, priority, payload, payload_version, attempt, attempts_max, "
        "enqueued_at, run_at, correlation_id, traceparent, worker, state = 'failed', "
        "(SELECT count(*) FROM told) FROM back",
    .operation = "UPDATE",
    .lane = Lane::kWrite};

/// What of an error is kept with the job.
constexpr std::size_t kDetailBytesMax = 1000;

Parameters keys_of(std::span<const JobRunKey> keys) {
  std::vector<std::string> ids;
  std::vector<std::string> runs;
  for (const JobRunKey& key : keys) {
    ids.push_back(key.id.to_string());
    runs.push_back(std::to_string(key.run));
  }
  Parameters parameters;
  parameters.texts(ids).texts(runs);
  return parameters;
}

Parameters ending_of(const JobRunKey& key, const domain::JobFailure& failure) {
  Parameters parameters;
  parameters.uuid(key.id.uuid)
      .integer(key.run)
      .text(domain::name_of(failure.code))
      .text(failure.detail.substr(0, kDetailBytesMax));
  return parameters;
}

auto place_of(const domain::ClaimedJob& claimed) {
  return std::tuple(-claimed.job.priority, claimed.job.run_at, claimed.job.id);
}

}  // namespace

domain::Result<std::vector<domain::ClaimedJob>> PgJobStore::claim(const domain::Context& context,
                                                                  const domain::JobClaim& claim) {
  Parameters parameters;
  parameters.text(domain::name_of(claim.lane))
      .texts(claim.kinds)
      .integer(static_cast<std::int64_t>(claim.count_max))
      .text(claim.worker)
      .integer(static_cast<std::int64_t>(claim.owner_count_max));
  const auto rows = database_.exec(context, kClaim, parameters);
  if (!rows) return rows.error();
  std::vector<domain::ClaimedJob> claimed;
  for (int row = 0; row < rows->count(); ++row) {
    domain::Job job = read_job(*rows, row);
    const JobRunKey key{job.id, rows->integer(row, kJobColumnCount)};
    claimed.push_back(
        {.job = std::move(job),
         .key = key,
         .lease = std::chrono::seconds(rows->integer(row, kJobColumnCount + 1)),
         .waited = std::chrono::microseconds(rows->integer(row, kJobColumnCount + 2))});
  }
  // UPDATE answers in the order of its join.
  std::ranges::sort(claimed, {}, place_of);
  return claimed;
}

domain::Result<void> PgJobStore::renew(const domain::Context& context,
                                       std::span<const JobRunKey> keys) {
  const auto rows = database_.exec(context, kRenew, keys_of(keys));
  if (!rows) return rows.error();
  return {};
}

domain::Result<domain::FinishedRuns> PgJobStore::finish(const domain::Context& context,
                                                        std::span<const JobRunKey> keys) {
  const auto rows = database_.exec(context, kFinish, keys_of(keys));
  if (!rows) return rows.error();
  domain::FinishedRuns finished;
  for (int row = 0; row < rows->count(); ++row) {
    (rows->boolean(row, 1) ? finished.done : finished.lost).push_back({rows->uuid(row, 0)});
  }
  return finished;
}

domain::Result<void> PgJobStore::retry(const domain::Context& context, const JobRunKey& key,
                                       std::chrono::milliseconds pause,
                                       const domain::JobFailure& failure) {
  return end(context, kRetry, ending_of(key, failure).integer(pause.count()));
}

domain::Result<void> PgJobStore::fail(const domain::Context& context, const JobRunKey& key,
                                      const domain::JobFailure& failure) {
  return end(context, kFail, ending_of(key, failure));
}

domain::Result<void> PgJobStore::end(const domain::Context& context, const Query& query,
                                     const Parameters& parameters) {
  const auto rows = database_.exec(context, query, parameters);
  if (!rows) return rows.error();
  if (rows->boolean(0, 0)) return {};
  if (rows->boolean(0, 1)) return error_of(Code::kVersionMismatch, "the job was lost");
  return error_of(Code::kNotFound, "the job is not there any more");
}

domain::Result<void> PgJobStore::give_back(const domain::Context& context,
                                           std::span<const JobRunKey> keys) {
  const auto rows = database_.exec(context, kGiveBack, keys_of(keys));
  if (!rows) return rows.error();
  return {};
}

domain::Result<std::size_t> PgJobStore::promote(const domain::Context& context, std::size_t limit) {
  const auto rows =
      database_.exec(context, kPromote, Parameters().integer(static_cast<std::int64_t>(limit)));
  if (!rows) return rows.error();
  std::size_t count = 0;
  for (int row = 0; row < rows->count(); ++row) {
    count += static_cast<std::size_t>(rows->integer(row, 0));
  }
  return count;
}

domain::Result<std::vector<domain::LostJob>> PgJobStore::recover(const domain::Context& context,
                                                                 std::size_t limit) {
  const auto rows =
      database_.exec(context, kRecover, Parameters().integer(static_cast<std::int64_t>(limit)));
  if (!rows) return rows.error();
  std::vector<domain::LostJob> lost;
  lost.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) {
    lost.push_back({.job = read_job(*rows, row),
                    .worker = rows->string(row, kJobColumnCount),
                    .is_failed = rows->boolean(row, kJobColumnCount + 1)});
  }
  return lost;
}

}  // namespace vigie::storage
