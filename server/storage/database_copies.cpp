#include "server/storage/database_copies.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/storage/blocking_session.hpp"
#include "server/storage/sqlstate.hpp"

namespace vigie::storage {
namespace {

using domain::Code;
using domain::Context;
using domain::DatabaseContent;
using domain::DatabaseSnapshot;
using domain::Error;
using domain::Result;

constexpr std::string_view kScratchPrefix = "backup_proof_";

/// Those of other schemas are extensions'.
constexpr const char* kTables =
    "SELECT format('%I', c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = 'public' AND c.relkind = 'r' AND NOT EXISTS (SELECT FROM pg_depend d "
    "WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') "
    "ORDER BY c.relname COLLATE \"C\"";

constexpr const char* kInvalid =
    "SELECT 'constraint ' || conname FROM pg_constraint WHERE NOT convalidated "
    "UNION ALL SELECT 'index ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid "
    "ORDER BY 1";

/// A scratch database that somebody restores into has sessions, and is left alone.
constexpr const char* kLeftBehind =
    "SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND NOT EXISTS "
    "(SELECT FROM pg_stat_activity a WHERE a.datname = pg_database.datname)";

std::vector<std::string> first_column(const Rows& rows) {
  std::vector<std::string> values;
  values.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) values.push_back(rows.string(row, 0));
  return values;
}

std::vector<std::string> count_rows(BlockingSession& session) {
  std::vector<std::string> counts = first_column(session.run(kTables));
  for (std::string& table : counts) {
    const Rows count = session.run("SELECT count(*) FROM public." + table);
    table += "=" + count.string(0, 0);
  }
  return counts;
}

/// The rest of the deadline bounds each statement.
void bound(BlockingSession& session, net::TimePoint deadline) {
  using std::chrono::milliseconds;
  const auto rest =
      std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
  const auto bounded = std::clamp(rest, milliseconds(1), milliseconds(std::chrono::hours(24)));
  session.run("SET statement_timeout = " + std::to_string(bounded.count()));
}

/// Runs `work` on a thread of the pool. What it touches, it shares: the caller leaves at its
/// deadline.
template <typename T>
Result<T> on_pool(net::CpuPool& pool, net::TimePoint deadline, std::function<Result<T>()> work) {
  const auto result = std::make_shared<std::optional<Result<T>>>();
  const auto outcome = pool.run(
      [result, work = std::move(work)] {
        try {
          *result = work();
        } catch (SessionFailure& failure) {
          *result = std::move(failure.error);
        }
      },
      deadline);
  if (outcome == net::CpuPool::Outcome::kDone) return std::move(**result);
  if (outcome == net::CpuPool::Outcome::kRefused) {
    return error_of(Code::kOverloaded, "no thread is free for a backup");
  }
  return error_of(Code::kDeadlineExceeded, "the deadline of a backup passed");
}

/// A transaction that is left open. Closing a connection is quick, so it is not left to the pool.
class Snapshot : public DatabaseSnapshot {
 public:
  Snapshot(const std::string& conninfo, net::TimePoint deadline) : session_(conninfo) {
    bound(session_, deadline);
    session_.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    session_.run("SET LOCAL idle_in_transaction_session_timeout = 0");
    name_ = session_.run("SELECT pg_export_snapshot()").string(0, 0);
    row_counts_ = count_rows(session_);
  }
  std::string name() const override { return name_; }
  std::vector<std::string> row_counts() const override { return row_counts_; }

 private:
  BlockingSession session_;
  std::string name_;
  std::vector<std::string> row_counts_;
};

void drop(BlockingSession& session, const std::string& name) {
  session.run("DROP DATABASE IF EXISTS " + session.quoted(name) + " WITH (FORCE)");
}

}  // namespace

Result<std::unique_ptr<DatabaseSnapshot>> PgDatabaseCopies::take_snapshot(const Context& context) {
  using Made = std::unique_ptr<DatabaseSnapshot>;
  return on_pool<Made>(pool_, context.deadline,
                       [conninfo = conninfo_, deadline = context.deadline]() -> Result<Made> {
                         return Made(std::make_unique<Snapshot>(conninfo, deadline));
                       });
}

Result<std::string> PgDatabaseCopies::create_scratch(const Context& context) {
  return on_pool<std::string>(
      pool_, context.deadline,
      [conninfo = conninfo_, deadline = context.deadline]() -> Result<std::string> {
        BlockingSession session(conninfo);
        bound(session, deadline);
        const std::vector<std::string> prefix{std::string(kScratchPrefix)};
        for (const std::string& name : first_column(session.run(kLeftBehind, prefix))) {
          drop(session, name);
        }
        const Rows random = session.run("SELECT replace(gen_random_uuid()::text, '-', '')");
        std::string name = std::string(kScratchPrefix) + random.string(0, 0);
        session.run("CREATE DATABASE " + session.quoted(name) + " TEMPLATE template0");
        return name;
      });
}

Result<DatabaseContent> PgDatabaseCopies::examine(const Context& context,
                                                  const std::string& scratch) {
  return on_pool<DatabaseContent>(
      pool_, context.deadline,
      [conninfo = conninfo_, scratch, deadline = context.deadline]() -> Result<DatabaseContent> {
        BlockingSession session(conninfo, scratch);
        bound(session, deadline);
        return DatabaseContent{.row_counts = count_rows(session),
                               .invalid = first_column(session.run(kInvalid))};
      });
}

Result<void> PgDatabaseCopies::drop_scratch(const Context& context, const std::string& scratch) {
  return on_pool<void>(
      pool_, context.deadline,
      [conninfo = conninfo_, scratch, deadline = context.deadline]() -> Result<void> {
        BlockingSession session(conninfo);
        bound(session, deadline);
        drop(session, scratch);
        return {};
      });
}

Result<std::vector<std::string>> PgDatabaseCopies::environment() const {
  char* fault = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(conninfo_.c_str(), &fault), &PQconninfoFree);
  // What libpq says of a malformed string may quote the password in it.
  PQfreemem(fault);
  if (!options)
    return error_of(Code::kUnavailable, "the database's connection string is malformed");
  std::vector<std::string> environment;
  // What the string leaves open comes from our own environment, as it does for us.
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->envvar == nullptr) continue;
    const char* const value = option->val != nullptr
                                  ? option->val
                                  : std::getenv(option->envvar);  // NOLINT(concurrency-mt-unsafe)
    if (value != nullptr) environment.push_back(std::string(option->envvar) + "=" + value);
  }
  return environment;
}

}  // namespace vigie::storage
