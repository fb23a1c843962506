#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/account.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/domain/session.hpp"

namespace vigie::domain {

/// A token that sets another password once. Only its hash is kept.
struct PasswordReset {
  TokenHash hash;
  Timestamp created_at{};
  Timestamp expires_at{};
};

/// Port: as every store (unit_of_work.hpp).
class PasswordResetStore {
 public:
  virtual ~PasswordResetStore() = default;
  /// Stores it for the account of that address that may sign in; nothing when there is none, or as
  /// many as `most` were stored for it at `since` or later. The same work is done in any case: a
  /// row is written.
  virtual Result<std::optional<Account>> insert_for(const Context&, const PasswordReset&,
                                                    std::string_view email, Timestamp since,
                                                    std::int64_t most) = 0;
  /// Stores it, however many there are. kNotFound when the account is gone.
  virtual Result<void> insert(const Context&, const PasswordReset&, AccountId) = 0;
  /// Whose token it is; nothing for one that is unknown, used or expired.
  virtual Result<std::optional<Account>> find(const Context&, const TokenHash&, Timestamp now) = 0;
  /// Uses it up: of two simultaneous calls one succeeds, the other has kNotFound.
  virtual Result<void> use(const Context&, const TokenHash&, Timestamp now) = 0;
  virtual Result<void> forget_all(const Context&, AccountId) = 0;
  /// At most `limit`; returns how many.
  virtual Result<std::int64_t> remove_expired(const Context&, Timestamp now,
                                              std::int64_t limit) = 0;
};

/// Port: brings the token to who has the account's address. Must not wait for whom it hands it to:
/// the time of the answer would tell that there is such an account. Thread-safe.
class ResetCourier {
 public:
  virtual ~ResetCourier() = default;
  /// False: nothing can be sent here, whoever asks, and send() is not called.
  virtual bool is_able() const noexcept = 0;
  virtual Result<void> send(const Context&, const Account&, std::string_view token) = 0;
};

/// Sends nothing: this server has no way to send mails. An operator gives tokens out, by `vigie
/// user reset-password`.
class NoResetCourier : public ResetCourier {
 public:
  bool is_able() const noexcept override { return false; }
  Result<void> send(const Context&, const Account&, std::string_view) override {
    return Error{.code = Code::kResetNotOffered, .message = "This server sends no mails."};
  }
};

}  // namespace vigie::domain
