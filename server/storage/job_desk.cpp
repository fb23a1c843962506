#include "server/storage/job_desk.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/storage/job_rows.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::JobRecord;

/// Planned at each call, with its values: conditions that are not asked for cost nothing.
constexpr Query kList{
    .name = QueryName::kJobsList,
    .sql =
        "SELECT id, kind, lane, priority, payload, payload_version, attempt, attempts_max, "
        "enqueued_at, run_at, correlation_id, traceparent, state, unique_key, worker, started_at, "
        "lease_until, failed_at, error_code, error_detail FROM jobs "
        "WHERE ($1::text IS NULL OR state = $1) AND ($2::text IS NULL OR lane = $2) "
        "AND ($3::text IS NULL OR kind = $3) AND ($4::text IS NULL OR id < $4::uuid) "
        "ORDER BY id DESC LIMIT $5",
    .operation = "SELECT",
    .lane = Lane::kSlow,
    .is_read = true};

constexpr Query kFind{
    .name = QueryName::kJobsFind,
    .sql =
        "SELECT id, kind, lane, priority, payload, payload_version, attempt, attempts_max, "
        "enqueued_at, run_at, correlation_id, traceparent, state, unique_key, worker, started_at, "
        "lease_until, failed_at, error_code, error_detail FROM jobs WHERE id = $1",
    .operation = "SELECT",
    .is_read = true};

constexpr Query kRelease{
    .name = QueryName::kJobsRelease,
    .sql =
        "WITH released AS ("
        "UPDATE jobs SET state = 'ready', run_at = now(), failed_at = NULL, "
        "attempt = CASE WHEN state = 'failed' THEN 0 ELSE attempt END "
        "WHERE id = $1 AND state IN ('failed', 'scheduled') RETURNING *) "
        "SELECT id, kind, lane, priority, payload, payload_version, attempt, attempts_max, "
        "enqueued_at, run_at, correlation_id, traceparent, state, unique_key, worker, started_at, "
        "lease_until, failed_at, error_code, error_detail, pg_notify('jobs', lane) FROM released",
    .operation = "UPDATE",
    .lane = Lane::kWrite};

constexpr Query kDiscard{
    .name = QueryName::kJobsDiscard,
    .sql =
        "DELETE FROM jobs WHERE id = $1 AND state <> 'running' "
        "RETURNING id, kind, lane, priority, payload, payload_version, attempt, attempts_max, "
        "enqueued_at, run_at, correlation_id, traceparent, state, unique_key, worker, started_at, "
        "lease_until, failed_at, error_code, error_detail",
    .operation = "DELETE",
    .lane = Lane::kWrite};

/// Each state from its own index.
constexpr Query kCounts{
    .name = QueryName::kJobsCounts,
    .sql =
        "SELECT lane, 'ready', count(*), "
        "extract(epoch FROM clock_timestamp() - min(run_at))::float8 "
        "FROM jobs WHERE state = 'ready' GROUP BY lane "
        "UNION ALL SELECT lane, 'scheduled', count(*), NULL FROM jobs WHERE state = 'scheduled' "
        "GROUP BY lane "
        "UNION ALL SELECT lane, 'running', count(*), NULL FROM jobs WHERE state = 'running' "
        "GROUP BY lane "
        "UNION ALL SELECT lane, 'failed', count(*), NULL FROM jobs WHERE state = 'failed' "
        "GROUP BY lane",
    .operation = "SELECT",
    .lane = Lane::kSlow,
    .is_read = true};

std::string text_or_empty(const Rows& rows, int row, int column) {
  return rows.is_null(row, column) ? std::string() : rows.string(row, column);
}

std::optional<domain::Timestamp> time_or_none(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return rows.timestamp(row, column);
}

JobRecord read_record(const Rows& rows, int row) {
  constexpr int kNext = kJobColumnCount;
  return {
      .job = read_job(rows, row),
      .state = domain::parse_job_state(rows.text(row, kNext)).value_or(domain::JobState::kReady),
      .unique_key = text_or_empty(rows, row, kNext + 1),
      .worker = text_or_empty(rows, row, kNext + 2),
      .started_at = time_or_none(rows, row, kNext + 3),
      .lease_until = time_or_none(rows, row, kNext + 4),
      .failed_at = time_or_none(rows, row, kNext + 5),
      .error_code = text_or_empty(rows, row, kNext + 6),
      .error_detail = text_or_empty(rows, row, kNext + 7)};
}

/// By our own clock: the database's may be another, and whoever compares the instant with now has
/// neither.
std::optional<domain::Timestamp> time_of_age(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  const std::chrono::duration<double> age(rows.real(row, column));
  const auto now = std::chrono::system_clock::now();
  return std::chrono::floor<domain::Timestamp::duration>(now) -
         std::chrono::duration_cast<domain::Timestamp::duration>(age);
}

Parameters& add_optional(Parameters& parameters, bool is_given, std::string_view text) {
  return is_given ? parameters.text(text) : parameters.null_text();
}

domain::Error not_allowed(std::string message) {
  return {.code = Code::kStatusChangeNotAllowed, .message = std::move(message)};
}

}  // namespace

domain::Result<std::vector<JobRecord>> PgJobDesk::list(const domain::Context& context,
                                                       const domain::JobFilter& filter) {
  Parameters parameters;
  add_optional(parameters, filter.state.has_value(), filter.state ? name_of(*filter.state) : "");
  add_optional(parameters, filter.lane.has_value(), filter.lane ? name_of(*filter.lane) : "");
  add_optional(parameters, !filter.kind.empty(), filter.kind);
  add_optional(parameters, filter.before.has_value(),
               filter.before ? filter.before->to_string() : std::string());
  parameters.integer(static_cast<std::int64_t>(filter.limit));
  const auto rows = database_.exec(context, kList, parameters);
  if (!rows) return rows.error();
  std::vector<JobRecord> records;
  records.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) records.push_back(read_record(*rows, row));
  return records;
}

domain::Result<std::optional<JobRecord>> PgJobDesk::find(const domain::Context& context,
                                                         domain::JobId id) {
  const auto rows = database_.exec(context, kFind, Parameters().uuid(id.uuid));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<JobRecord>();
  return std::optional(read_record(*rows, 0));
}

domain::Result<JobRecord> PgJobDesk::release(const domain::Context& context, domain::JobId id) {
  return change(context, kRelease, id);
}

domain::Result<JobRecord> PgJobDesk::discard(const domain::Context& context, domain::JobId id) {
  return change(context, kDiscard, id);
}

domain::Result<JobRecord> PgJobDesk::change(const domain::Context& context, const Query& query,
                                            domain::JobId id) {
  const auto rows = database_.exec(context, query, Parameters().uuid(id.uuid));
  if (!rows) return rows.error();
  if (!rows->empty()) return read_record(*rows, 0);
  const auto found = find(context, id);
  if (!found) return found.error();
  if (!*found) return domain::Error{.code = Code::kNotFound, .message = "No such job."};
  return not_allowed("The job is " + std::string(name_of((*found)->state)) + ".");
}

domain::Result<std::vector<domain::JobCount>> PgJobDesk::counts(const domain::Context& context) {
  const auto rows = database_.exec(context, kCounts);
  if (!rows) return rows.error();
  std::vector<domain::JobCount> counts;
  counts.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) {
    counts.push_back(
        {.lane = domain::parse_job_lane(rows->text(row, 0)).value_or(domain::JobLane::kLow),
         .state = domain::parse_job_state(rows->text(row, 1)).value_or(domain::JobState::kReady),
         .count = rows->integer(row, 2),
         .oldest_run_at = time_of_age(*rows, row, 3)});
  }
  return counts;
}

}  // namespace vigie::storage
