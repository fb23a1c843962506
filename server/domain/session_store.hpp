#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/domain/session.hpp"

namespace vigie::domain {

/// Port: refresh tokens and their families. As every store (unit_of_work.hpp).
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

}  // namespace vigie::domain
