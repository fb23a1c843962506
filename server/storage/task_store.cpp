#include "server/storage/task_store.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace vigie::storage {
namespace {

/// The row of a task decides, not who asks: two schedulers that both think they lead do no harm.
constexpr Query kTakeDue{
    .name = QueryName::kTasksTakeDue,
    .sql =
        "WITH wanted AS ("
        "SELECT * FROM unnest($1::text[], $2::bigint[]) AS wanted (name, interval_ms)), "
        "known AS ("
        "INSERT INTO scheduled_tasks (task, last_enqueued_at) SELECT name, now() FROM wanted "
        "WHERE NOT EXISTS (SELECT FROM scheduled_tasks WHERE task = name) "
        "ON CONFLICT (task) DO NOTHING RETURNING task), "
        "due AS ("
        "UPDATE scheduled_tasks SET last_enqueued_at = now() FROM wanted WHERE task = name "
        "AND (last_enqueued_at IS NULL "
        "OR last_enqueued_at <= now() - interval_ms * interval '1 millisecond') RETURNING task) "
        "SELECT task FROM known UNION ALL SELECT task FROM due",
    .operation = "UPDATE",
    .lane = Lane::kWrite,
    .statement = statement_of(QueryName::kTasksTakeDue)};

constexpr Query kLastSuccesses{
    .name = QueryName::kTasksLastSuccesses,
    .sql = "SELECT task, last_success_at FROM scheduled_tasks WHERE last_success_at IS NOT NULL",
    .operation = "SELECT",
    .is_read = true,
    .statement = statement_of(QueryName::kTasksLastSuccesses)};

}  // namespace

domain::Result<std::vector<std::string>> PgTaskStore::take_due(
    const domain::Context& context, std::span<const domain::TaskInterval> tasks) {
  std::vector<std::string> names;
  std::vector<std::string> intervals;
  for (const domain::TaskInterval& task : tasks) {
    names.emplace_back(task.task);
    intervals.push_back(std::to_string(task.interval.count()));
  }
  const auto rows = database_.exec(context, kTakeDue, Parameters().texts(names).texts(intervals));
  if (!rows) return rows.error();
  std::vector<std::string> due;
  due.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) due.push_back(rows->string(row, 0));
  return due;
}

domain::Result<std::vector<domain::TaskSuccess>> PgTaskStore::last_successes(
    const domain::Context& context) {
  const auto rows = database_.exec(context, kLastSuccesses);
  if (!rows) return rows.error();
  std::vector<domain::TaskSuccess> successes;
  successes.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) {
    successes.push_back({rows->string(row, 0), rows->timestamp(row, 1)});
  }
  return successes;
}

}  // namespace vigie::storage
