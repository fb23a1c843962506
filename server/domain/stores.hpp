#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/account.hpp"
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
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;
  /// Stores the first refresh token of a new family.
  virtual Result<void> insert(const Context&, const RefreshToken&) = 0;
  /// Replaces the token whose hash is given by `next`, atomically: of two simultaneous calls one
  /// succeeds.
  virtual Result<Rotation> rotate(const Context&, const TokenHash& presented,
                                  const NewRefreshToken& next) = 0;
  /// Revokes the family of the token; unknown hashes are ignored.
  virtual Result<void> revoke_family(const Context&, const TokenHash& presented, Timestamp now) = 0;
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
