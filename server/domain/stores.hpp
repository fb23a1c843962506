#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/account.hpp"
#include "server/domain/account_change.hpp"
#include "server/domain/context.hpp"
#include "server/domain/event.hpp"
#include "server/domain/event_list.hpp"
#include "server/domain/result.hpp"
#include "server/domain/session.hpp"

namespace vigie::domain {

// Ports to what lasts. Every call may wait (it runs on a fiber) until `context.deadline`, then
// fails with kDeadlineExceeded; a store that cannot be reached fails with kUnavailable.
// Thread-safe. One contract suite (tests/storage/*_contract.hpp) runs against the fakes and against
// PostgreSQL.

class AccountStore {
 public:
  virtual ~AccountStore() = default;
  /// kEmailTaken when an account has this e-mail already.
  virtual Result<void> insert(const Context&, const Account&) = 0;
  virtual Result<std::optional<Account>> find(const Context&, AccountId) = 0;
  virtual Result<std::optional<Account>> find_by_email(const Context&, std::string_view email) = 0;
  /// Nothing happens when the account is gone or its hash is not `account.password_hash` any more:
  /// somebody was faster.
  virtual Result<void> replace_password_hash(const Context&, const Account& account,
                                             std::string_view hash) = 0;
  /// The newest first. None that is erased, here and above.
  virtual Result<std::vector<Account>> list(const Context&, const AccountFilter&) = 0;

  // Changes of what opens sessions: a sign-in that has begun does not end well any more. kNotFound
  // when the account is gone.

  virtual Result<void> set_password_hash(const Context&, AccountId, std::string_view hash) = 0;
  /// Disabled already: nothing happens. True when something did.
  virtual Result<bool> disable(const Context&, AccountId, Timestamp now) = 0;
  virtual Result<bool> enable(const Context&, AccountId) = 0;
  /// Forgets who it was, for good; its id stays, for what it has published.
  virtual Result<void> erase(const Context&, AccountId, Timestamp now) = 0;

  /// Keeps a change for good.
  virtual Result<void> record(const Context&, const AccountChangeRecord&) = 0;
  /// What was recorded of an account, erased or not, the oldest first: the last `limit`.
  virtual Result<std::vector<AccountChangeRecord>> history(const Context&, AccountId,
                                                           std::int64_t limit) = 0;
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;
  /// Stores the first refresh token of a new family. kInvalidCredentials when the account is gone
  /// or disabled, or its credentials are of another version by now.
  virtual Result<void> insert(const Context&, const RefreshToken&) = 0;
  /// Replaces the token whose hash is given by `next`, atomically: of two simultaneous calls one
  /// rotates it. What was rotated less than `next.repeat_within` ago gives its family another token
  /// beside the successor, and stays as it is.
  virtual Result<Rotation> rotate(const Context&, const TokenHash& presented,
                                  const NewRefreshToken& next) = 0;
  /// Revokes the family of the token; unknown hashes are ignored.
  virtual Result<void> revoke_family(const Context&, const TokenHash& presented, Timestamp now) = 0;
  /// Revokes every family of the account but that one.
  virtual Result<void> revoke_all(const Context&, AccountId, Timestamp now,
                                  std::optional<SessionId> but) = 0;
  /// The families that were revoked after that one, in the order of their times, then of their ids.
  virtual Result<std::vector<EndedSession>> ended_after(const Context&, const EndedSession& last,
                                                        std::int64_t limit) = 0;
  /// Deletes tokens that expired, at most `limit`, and families that have none left; returns how
  /// many tokens. Rotated tokens are kept until they expire: their reuse has to be noticed.
  virtual Result<std::int64_t> remove_expired(const Context&, Timestamp now,
                                              std::int64_t limit) = 0;
};

class EventStore {
 public:
  virtual ~EventStore() = default;
  virtual Result<void> insert(const Context&, const Event&) = 0;
  virtual Result<std::optional<Event>> find(const Context&, EventId) = 0;
  virtual Result<EventPage> list(const Context&, const EventQuery&) = 0;
  /// Replaces the event if its stored version is `event.version - 1`; else kVersionMismatch, or
  /// kNotFound when it is gone.
  virtual Result<void> update(const Context&, const Event& event) = 0;
  /// Same conditions as update.
  virtual Result<void> remove(const Context&, EventId, std::int64_t version) = 0;
  /// Deletes drafts of that account, at most `limit`; returns how many.
  virtual Result<std::int64_t> remove_drafts(const Context&, AccountId owner,
                                             std::int64_t limit) = 0;
};

/// A transaction that stores join through Context::unit_of_work. Destroyed without commit: rolled
/// back. Used by one fiber.
class UnitOfWork {
 public:
  virtual ~UnitOfWork() = default;
  /// Undoes what was done since the unit began, and goes on: the refusal of a use-case leaves no
  /// effect.
  virtual Result<void> undo() = 0;
  virtual Result<void> commit() = 0;
};

}  // namespace vigie::domain
