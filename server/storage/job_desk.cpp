#include "server/storage/job_desk.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/storage/job_rows.hpp"
#include "server/storage/sql/jobs.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::JobRecord;

std::string text_or_empty(const Rows& rows, int row, int column) {
  return rows.is_null(row, column) ? std::string() : rows.string(row, column);
}

std::optional<domain::Timestamp> time_or_none(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return std::nullopt;
  return rows.timestamp(row, column);
}

JobRecord read_record(const Rows& rows, int row) {
  constexpr int kNext = sql::jobs::columns::kCount;
  namespace progress = sql::jobs::progress_columns;
  return {.job = read_job(rows, row),
          .state = domain::parse_job_state(rows.text(row, kNext + progress::kState))
                       .value_or(domain::JobState::kReady),
          .unique_key = text_or_empty(rows, row, kNext + progress::kUniqueKey),
          .worker = text_or_empty(rows, row, kNext + progress::kWorker),
          .started_at = time_or_none(rows, row, kNext + progress::kStartedAt),
          .lease_until = time_or_none(rows, row, kNext + progress::kLeaseUntil),
          .failed_at = time_or_none(rows, row, kNext + progress::kFailedAt),
          .error_code = text_or_empty(rows, row, kNext + progress::kErrorCode),
          .error_detail = text_or_empty(rows, row, kNext + progress::kErrorDetail)};
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
  const auto rows = database_.exec(context, sql::jobs::kList, parameters);
  if (!rows) return rows.error();
  std::vector<JobRecord> records;
  records.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) records.push_back(read_record(*rows, row));
  return records;
}

domain::Result<std::optional<JobRecord>> PgJobDesk::find(const domain::Context& context,
                                                         domain::JobId id) {
  const auto rows = database_.exec(context, sql::jobs::kFind, Parameters().uuid(id.uuid));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<JobRecord>();
  return std::optional(read_record(*rows, 0));
}

domain::Result<JobRecord> PgJobDesk::release(const domain::Context& context, domain::JobId id) {
  return change(context, sql::jobs::kRelease, id);
}

domain::Result<JobRecord> PgJobDesk::discard(const domain::Context& context, domain::JobId id) {
  return change(context, sql::jobs::kDiscard, id);
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
  const auto rows = database_.exec(context, sql::jobs::kCounts);
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
