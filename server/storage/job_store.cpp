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
#include "server/storage/sql/jobs.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::JobRunKey;

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
  const auto rows = database_.exec(context, sql::jobs::kClaim, parameters);
  if (!rows) return rows.error();
  std::vector<domain::ClaimedJob> claimed;
  for (int row = 0; row < rows->count(); ++row) {
    domain::Job job = read_job(*rows, row);
    const JobRunKey key{job.id, rows->integer(row, sql::jobs::columns::kCount)};
    claimed.push_back(
        {.job = std::move(job),
         .key = key,
         .lease = std::chrono::seconds(rows->integer(row, sql::jobs::columns::kCount + 1)),
         .waited = std::chrono::microseconds(rows->integer(row, sql::jobs::columns::kCount + 2))});
  }
  // UPDATE answers in the order of its join.
  std::ranges::sort(claimed, {}, place_of);
  return claimed;
}

domain::Result<void> PgJobStore::renew(const domain::Context& context,
                                       std::span<const JobRunKey> keys) {
  const auto rows = database_.exec(context, sql::jobs::kRenew, keys_of(keys));
  if (!rows) return rows.error();
  return {};
}

domain::Result<domain::FinishedRuns> PgJobStore::finish(const domain::Context& context,
                                                        std::span<const JobRunKey> keys) {
  const auto rows = database_.exec(context, sql::jobs::kFinish, keys_of(keys));
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
  return end(context, sql::jobs::kRetry, ending_of(key, failure).integer(pause.count()));
}

domain::Result<void> PgJobStore::fail(const domain::Context& context, const JobRunKey& key,
                                      const domain::JobFailure& failure) {
  return end(context, sql::jobs::kFail, ending_of(key, failure));
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
  const auto rows = database_.exec(context, sql::jobs::kGiveBack, keys_of(keys));
  if (!rows) return rows.error();
  return {};
}

domain::Result<std::size_t> PgJobStore::promote(const domain::Context& context, std::size_t limit) {
  const auto rows = database_.exec(context, sql::jobs::kPromote,
                                   Parameters().integer(static_cast<std::int64_t>(limit)));
  if (!rows) return rows.error();
  std::size_t count = 0;
  for (int row = 0; row < rows->count(); ++row) {
    count += static_cast<std::size_t>(rows->integer(row, 0));
  }
  return count;
}

domain::Result<std::vector<domain::LostJob>> PgJobStore::recover(const domain::Context& context,
                                                                 std::size_t limit) {
  const auto rows = database_.exec(context, sql::jobs::kRecover,
                                   Parameters().integer(static_cast<std::int64_t>(limit)));
  if (!rows) return rows.error();
  std::vector<domain::LostJob> lost;
  lost.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) {
    lost.push_back({.job = read_job(*rows, row),
                    .worker = rows->string(row, sql::jobs::columns::kCount),
                    .is_failed = rows->boolean(row, sql::jobs::columns::kCount + 1)});
  }
  return lost;
}

}  // namespace vigie::storage
