#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "server/domain/account_change.hpp"
#include "server/domain/account_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/password_reset.hpp"
#include "server/domain/result.hpp"
#include "server/domain/secrets.hpp"
#include "server/domain/session_store.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

/// What may be done to an account, whoever asks: OwnAccount, AccountAdministration and the command
/// line say who may. Each change is one commit with the end of the sessions that it ends, and with
/// its record; access tokens of ended sessions are refused as soon as EndedSessions has learnt of
/// them. kNotFound when the account is gone. Thread-safe.
class AccountLife {
 public:
  /// All outlive the object.
  struct Ports {
    AccountStore& accounts;
    SessionStore& sessions;
    PasswordResetStore& resets;
    JobQueue& jobs;
    UnitsOfWork& units;
    PasswordHasher& hasher;
    const Clock& clock;
    Observer& observer;
  };

  /// What else belongs to a change of the password.
  struct PasswordChange {
    AccountChange change = AccountChange::kPasswordChanged;
    /// The session that goes on.
    std::optional<SessionId> keep;
    /// The token that allowed it, which is used up; kNotFound when it was used meanwhile.
    std::optional<TokenHash> reset;
  };

  explicit AccountLife(const Ports& ports) : ports_(ports) {}

  /// Hashes it, which is slow: not within a unit of work. Ends the account's sessions and makes
  /// tokens of resets worthless. kValidationFailed, at `pointer`, for what the rules refuse.
  Result<void> set_password(const Context& context, const Account& account,
                            std::string_view password, std::string_view pointer,
                            const PasswordChange& how);
  Result<void> end_sessions(const Context& context, AccountId id);
  /// Ends its sessions too. What is disabled already stays so.
  Result<void> disable(const Context& context, AccountId id);
  Result<void> enable(const Context& context, AccountId id);
  /// For good: nobody signs in any more, who it was is forgotten at once, and a job takes away what
  /// nobody else sees (AccountErasure).
  Result<void> erase(const Context& context, AccountId id);

 private:
  Result<void> commit(const Context& context, AccountId id, AccountChange change,
                      const std::function<Result<bool>(const Context&)>& effect);
  Result<void> record(const Context& context, AccountId id, AccountChange change);

  Ports ports_;
};

}  // namespace vigie::domain
