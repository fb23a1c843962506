#include "server/storage/transaction.hpp"

#include <array>
#include <chrono>
#include <exception>
#include <utility>

#include "server/storage/answer.hpp"
#include "server/storage/sql/transaction.hpp"
#include "server/storage/sqlstate.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/spans.hpp"

namespace vigie::storage {
namespace {

using domain::Code;

constexpr std::chrono::milliseconds kRollBackWaitMax{500};

domain::Error ended() { return error_of(Code::kInternal, "the transaction has ended"); }

/// Suspending in the middle of an exception would mix the exceptions of two fibers up.
bool may_wait() {
  return net::on_fiber() && std::uncaught_exceptions() == 0 && !std::current_exception();
}

}  // namespace

Transaction::Transaction(Database& database, Lease lease, const domain::Context& context)
    : database_(database),
      lease_(std::move(lease)),
      context_(context),
      span_(context.trace, telemetry::spans::kDbTransaction) {
  hold_.emplace();
  span_.set(telemetry::attributes::kDbSystemName, "postgresql");
  span_.set(telemetry::attributes::kDbPoolName, "leased");
}

Transaction::~Transaction() {
  // The lease rolls back too, but somebody else could then still find the locks held.
  if (lease_ && lease_->connection() != nullptr && may_wait()) roll_back();
}

domain::Result<std::vector<Rows>> Transaction::exec(const domain::Context& context,
                                                    const Query& named,
                                                    std::span<const Statement> statements) {
  if (!lease_) return ended();
  Answer answer = database_.exec_on(*lease_, context, named, statements);
  if (answer.error) {
    is_victim_ |= may_repeat(answer.sqlstate);
    return *std::move(answer.error);
  }
  return std::move(answer.rows);
}

domain::Result<void> Transaction::undo() {
  const Parameters none;
  const Statement undo{sql::transaction::kUndo, none};
  const auto rows = exec(context_, sql::transaction::kUndo, {&undo, 1});
  if (!rows) return rows.error();
  return {};
}

domain::Result<void> Transaction::commit() {
  const Parameters none;
  const Statement commit_now{sql::transaction::kCommit, none};
  return commit(sql::transaction::kCommit, {&commit_now, 1});
}

domain::Result<void> Transaction::commit_after(const Statement& last) {
  const Parameters none;
  const std::array statements{last, Statement{sql::transaction::kCommit, none}};
  return commit(last.query, statements);
}

domain::Result<void> Transaction::commit(const Query& named,
                                         std::span<const Statement> statements) {
  const auto rows = exec(context_, named, statements);
  if (!rows) {
    span_.error(domain::name_of(rows.error().code));
    return rows.error();
  }
  lease_.reset();
  hold_.reset();
  span_.end();
  // A failed transaction takes COMMIT for ROLLBACK and reports no error.
  if (rows->back().command() != "COMMIT") {
    return error_of(Code::kInternal, "a failed transaction was committed");
  }
  for (const auto& call : after_commit_) call();
  return {};
}

void Transaction::roll_back() {
  domain::Context context = context_;
  context.deadline = std::chrono::steady_clock::now() + kRollBackWaitMax;
  const Parameters none;
  const Statement roll_back{sql::transaction::kRollBack, none};
  static_cast<void>(exec(context, sql::transaction::kRollBack, {&roll_back, 1}));
}

domain::Result<Transaction*> transaction_of(const domain::Context& context,
                                            const Database& database) {
  if (context.unit_of_work == nullptr) return static_cast<Transaction*>(nullptr);
  auto* const transaction = dynamic_cast<Transaction*>(context.unit_of_work);
  if (transaction == nullptr || !transaction->is_of(database)) {
    return error_of(Code::kInternal, "a unit of work of another store");
  }
  return transaction;
}

}  // namespace vigie::storage
