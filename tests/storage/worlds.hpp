#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "server/domain/account_store.hpp"
#include "server/domain/event_store.hpp"
#include "server/domain/idempotency.hpp"
#include "server/domain/session_store.hpp"
#include "server/storage/account_store.hpp"
#include "server/storage/event_store.hpp"
#include "server/storage/idempotency_store.hpp"
#include "server/storage/job_queue.hpp"
#include "server/storage/media_store.hpp"
#include "server/storage/password_reset_store.hpp"
#include "server/storage/session_store.hpp"
#include "server/storage/sign_in_allowance_store.hpp"
#include "server/storage/units_of_work.hpp"
#include "tests/fakes/fake_account_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_event_store.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/fakes/fake_idempotency_store.hpp"
#include "tests/fakes/fake_job_queue.hpp"
#include "tests/fakes/fake_media_store.hpp"
#include "tests/fakes/fake_password_reset_store.hpp"
#include "tests/fakes/fake_session_store.hpp"
#include "tests/fakes/fake_sign_in_allowance_store.hpp"
#include "tests/fakes/fake_units_of_work.hpp"
#include "tests/storage/database_fixture.hpp"
#include "tests/storage/random_ids.hpp"

namespace vigie::storage::testing {

/// The stores in memory.
class FakeWorld {
 public:
  domain::AccountStore& accounts() { return accounts_; }
  domain::SessionStore& sessions() { return sessions_; }
  domain::PasswordResetStore& resets() { return resets_; }
  domain::SignInAllowanceStore& allowances() { return allowances_; }
  domain::EventStore& events() { return events_; }
  domain::IdempotencyStore& idempotency() { return idempotency_; }
  domain::MediaStore& media() { return media_; }
  domain::UnitsOfWork& units() { return units_; }
  domain::JobQueue& jobs() { return jobs_; }
  void run(const std::function<void()>& body) { body(); }

 private:
  fakes::FakeAccountStore accounts_;
  fakes::FakeSessionStore sessions_{accounts_};
  fakes::FakePasswordResetStore resets_{accounts_};
  fakes::FakeSignInAllowanceStore allowances_;
  fakes::FakeEventStore events_;
  fakes::FakeIdempotencyStore idempotency_;
  fakes::FakeMediaStore media_;
  fakes::FakeUnitsOfWork units_;
  fakes::FakeJobQueue jobs_;
};

/// The stores in PostgreSQL.
class PostgresWorld {
 public:
  domain::AccountStore& accounts() { return accounts_; }
  domain::SessionStore& sessions() { return sessions_; }
  domain::PasswordResetStore& resets() { return resets_; }
  domain::SignInAllowanceStore& allowances() { return allowances_; }
  domain::EventStore& events() { return events_; }
  domain::IdempotencyStore& idempotency() { return idempotency_; }
  domain::MediaStore& media() { return media_; }
  domain::UnitsOfWork& units() { return units_; }
  domain::JobQueue& jobs() { return jobs_; }
  void run(const std::function<void()>& body) { harness_.run(body); }

 private:
  Harness harness_{DatabaseOptions{.conninfo = migrated_database()}};
  PgAccountStore accounts_{harness_.database()};
  PgSessionStore sessions_{harness_.database()};
  PgPasswordResetStore resets_{harness_.database()};
  PgSignInAllowanceStore allowances_{harness_.database()};
  PgEventStore events_{harness_.database()};
  PgIdempotencyStore idempotency_{harness_.database()};
  PgMediaStore media_{harness_.database()};
  PgUnitsOfWork units_{harness_.database()};
  RandomIds ids_;
  PgJobQueue jobs_{harness_.database(), ids_, harness_.telemetry().metrics};
};

using Worlds = ::testing::Types<FakeWorld, PostgresWorld>;

/// What all contract suites need. The database outlives a test, so every test makes its own ids.
template <typename World>
class StoreContract : public ::testing::Test {
 protected:
  static constexpr domain::Timestamp kNow = fakes::FakeClock::kDefaultStart;

  static domain::Context context() { return within(10s); }
  static domain::Context expired() { return within(-1ms); }

  static domain::Uuid new_id() {
    static fakes::FakeIdSource ids;
    return ids.next();
  }
  static std::string unique(const std::string& prefix) { return prefix + new_id().to_string(); }

  domain::Account new_account() {
    const domain::AccountId id{new_id()};
    return {.id = id,
            .email = "someone+" + id.to_string() + "@example.org",
            .display_name = "Zoë Ünïcode",
            .role = domain::Role::kOrganiser,
            .password_hash = "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
            .created_at = kNow + std::chrono::microseconds(123'456)};
  }
  /// An account that is stored: events and sessions need one.
  domain::AccountId stored_account() {
    const domain::Account account = new_account();
    EXPECT_TRUE(world.accounts().insert(context(), account).ok());
    return account.id;
  }

  World world;
};

/// `result.ok()`, with the error in the message.
#define VIGIE_EXPECT_OK(result) \
  EXPECT_TRUE((result).ok()) << ((result).ok() ? "" : (result).error().detail)

/// What a result was refused with; success does not compare equal to any code.
template <typename T>
std::string code_of(const domain::Result<T>& result) {
  return result ? "success" : std::string(domain::name_of(result.error().code));
}

}  // namespace vigie::storage::testing
