#pragma once

#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "server/domain/unit_of_work.hpp"
#include "server/storage/database.hpp"
#include "server/storage/lease_pool.hpp"
#include "telemetry/trace.hpp"

namespace vigie::storage {

/// A transaction on a leased connection. Destroyed without commit it is rolled back, before the
/// destructor returns if that can be had quickly. Used by the fiber that began it; does not outlive
/// the trace of its context.
class Transaction : public domain::UnitOfWork {
 public:
  /// Made by Database::begin, which has sent BEGIN.
  Transaction(Database& database, Lease lease, const domain::Context& context);
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() override;

  /// In one round trip, measured under the name of `named`.
  domain::Result<std::vector<Rows>> exec(const domain::Context& context, const Query& named,
                                         std::span<const Statement> statements);
  domain::Result<void> undo() override;
  domain::Result<void> commit() override;
  /// Runs `last` and commits, in one round trip. When it fails, nothing is committed.
  domain::Result<void> commit_after(const Statement& last);
  /// Of a unit that is begun as UnitPace::kSlow.
  void allow_slow_waits() { hold_.reset(); }
  /// Called on this fiber once the commit is known to have succeeded.
  void after_commit(std::function<void()> call) { after_commit_.push_back(std::move(call)); }
  bool is_of(const Database& database) const noexcept { return &database == &database_; }
  /// It was ended in favour of another one.
  bool is_victim() const noexcept { return is_victim_; }

 private:
  domain::Result<void> commit(const Query& named, std::span<const Statement> statements);
  void roll_back();

  Database& database_;
  /// Empty once it has ended.
  std::optional<Lease> lease_;
  std::optional<net::ScarceHold> hold_;
  domain::Context context_;
  telemetry::Span span_;
  std::vector<std::function<void()>> after_commit_;
  bool is_victim_ = false;
};

/// The transaction that the context's calls take part in; null when there is none. kInternal when
/// its unit of work is not of this database: what is asked must not run outside it, unseen.
domain::Result<Transaction*> transaction_of(const domain::Context& context,
                                            const Database& database);

}  // namespace vigie::storage
