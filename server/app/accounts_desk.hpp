#pragma once

#include <functional>
#include <memory>

#include "server/app/config.hpp"
#include "server/app/domain_telemetry.hpp"
#include "server/app/system_clock.hpp"
#include "server/auth/argon2_hasher.hpp"
#include "server/auth/random_tokens.hpp"
#include "server/domain/account_life.hpp"
#include "server/domain/accounts.hpp"
#include "server/domain/password_resets.hpp"
#include "server/domain/uuid_v7.hpp"
#include "server/net/runtime.hpp"
#include "server/storage/account_store.hpp"
#include "server/storage/database.hpp"
#include "server/storage/job_queue.hpp"
#include "server/storage/password_reset_store.hpp"
#include "server/storage/session_store.hpp"
#include "server/storage/units_of_work.hpp"
#include "telemetry/clock.hpp"
#include "telemetry/telemetry.hpp"

namespace vigie::app {

/// Accounts as an operator has them, by the command line: no principal is asked for. What is
/// changed is told as a log line on standard error. Later members use earlier ones.
class AccountsDesk {
 public:
  explicit AccountsDesk(const Config& config);
  AccountsDesk(const AccountsDesk&) = delete;
  AccountsDesk& operator=(const AccountsDesk&) = delete;
  ~AccountsDesk();

  /// Runs `body` on a fiber, with a deadline.
  void run(const std::function<void(const domain::Context&)>& body);

  domain::Accounts& accounts() noexcept { return accounts_; }
  domain::AccountStore& store() noexcept { return store_; }
  domain::AccountLife& life() noexcept { return life_; }
  domain::PasswordResets& resets() noexcept { return resets_; }

 private:
  telemetry::SystemClock monotonic_clock_;
  telemetry::Telemetry silent_;
  /// Says what was done, and nothing else.
  telemetry::Telemetry lines_;
  DomainTelemetry observer_;
  SystemClock clock_;
  domain::UuidV7Source ids_;
  net::Runtime runtime_;
  std::unique_ptr<net::CpuPool> pool_;
  auth::Argon2Hasher hasher_;
  auth::RandomTokens tokens_;
  storage::Database database_;
  storage::PgAccountStore store_;
  storage::PgSessionStore sessions_;
  storage::PgPasswordResetStore reset_store_;
  storage::PgUnitsOfWork units_;
  storage::PgJobQueue jobs_;
  domain::NoResetCourier courier_;
  domain::Accounts accounts_;
  domain::AccountLife life_;
  domain::PasswordResets resets_;
};

}  // namespace vigie::app
