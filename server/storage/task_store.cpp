#include "server/storage/task_store.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/storage/sql/tasks.hpp"

namespace vigie::storage {
namespace {}  // namespace

domain::Result<std::vector<std::string>> PgTaskStore::take_due(
    const domain::Context& context, std::span<const domain::TaskInterval> tasks) {
  std::vector<std::string> names;
  std::vector<std::string> intervals;
  for (const domain::TaskInterval& task : tasks) {
    names.emplace_back(task.task);
    intervals.push_back(std::to_string(task.interval.count()));
  }
  const auto rows =
      database_.exec(context, sql::tasks::kTakeDue, Parameters().texts(names).texts(intervals));
  if (!rows) return rows.error();
  std::vector<std::string> due;
  due.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) due.push_back(rows->string(row, 0));
  return due;
}

domain::Result<std::vector<domain::TaskSuccess>> PgTaskStore::last_successes(
    const domain::Context& context) {
  const auto rows = database_.exec(context, sql::tasks::kLastSuccesses);
  if (!rows) return rows.error();
  std::vector<domain::TaskSuccess> successes;
  successes.reserve(static_cast<std::size_t>(rows->count()));
  for (int row = 0; row < rows->count(); ++row) {
    successes.push_back({rows->string(row, 0), rows->timestamp(row, 1)});
  }
  return successes;
}

}  // namespace vigie::storage
