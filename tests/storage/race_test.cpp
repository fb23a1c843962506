#include <gtest/gtest.h>

#include <array>
#include <atomic>

#include "server/storage/database.hpp"
#include "tests/fakes/fake_id_source.hpp"
#include "tests/storage/database_fixture.hpp"
#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {
namespace {

/// Two reactors on the shared server's schema.
class RaceTest : public DatabaseTest {
 protected:
  Harness harness_{options(), 2};
};

TEST_F(RaceTest, LetsOneOfManyRotateARefreshToken) {
  PgAccountStore accounts(harness_.database());
  PgSessionStore sessions(harness_.database());
  const domain::Timestamp now = fakes::FakeClock::kDefaultStart;
  domain::TokenHash presented;
  presented.bytes.fill(0xaa);
  const domain::AccountId account{fakes::FakeIdSource::nth(0x9000'0001)};
  harness_.run([&] {
    EXPECT_TRUE(accounts.insert(within(5s), {.id = account, .email = "race@example.org"}).ok());
    EXPECT_TRUE(sessions
                    .insert(within(5s), {.family_id = {fakes::FakeIdSource::nth(0x9000'0002)},
                                         .account_id = account,
                                         .hash = presented,
                                         .created_at = now,
                                         .expires_at = now + 1h})
                    .ok());
  });
  std::atomic<int> rotated{0};
  std::atomic<int> refused{0};
  harness_.run_all(20, [&](std::size_t i) {
    domain::TokenHash next;
    next.bytes.fill(static_cast<std::uint8_t>(i));
    const auto rotation =
        sessions.rotate(within(10s), presented, {.hash = next, .now = now, .expires_at = now + 1h});
    ASSERT_TRUE(rotation.ok()) << rotation.error().detail;
    const bool has_rotated = rotation->outcome == domain::Rotation::Outcome::kRotated;
    (has_rotated ? rotated : refused) += 1;
  });
  EXPECT_EQ(rotated, 1);
  EXPECT_EQ(refused, 19);
}

TEST_F(RaceTest, RepeatsARotationToAllWhoComeInAMoment) {
  PgAccountStore accounts(harness_.database());
  PgSessionStore sessions(harness_.database());
  const domain::Timestamp now = fakes::FakeClock::kDefaultStart;
  domain::TokenHash presented;
  presented.bytes.fill(0xab);
  const domain::AccountId account{fakes::FakeIdSource::nth(0x9000'0011)};
  const domain::SessionId family{fakes::FakeIdSource::nth(0x9000'0012)};
  harness_.run([&] {
    EXPECT_TRUE(accounts.insert(within(5s), {.id = account, .email = "tabs@example.org"}).ok());
    EXPECT_TRUE(sessions
                    .insert(within(5s), {.family_id = family,
                                         .account_id = account,
                                         .hash = presented,
                                         .created_at = now,
                                         .expires_at = now + 1h})
                    .ok());
  });
  std::array<std::atomic<int>, 4> outcomes{};
  const auto next_of = [&](std::size_t i, std::chrono::seconds later) {
    domain::NewRefreshToken next{
        .hash = {}, .now = now + later, .expires_at = now + 1h, .repeat_within = 10s};
    next.hash.bytes.fill(static_cast<std::uint8_t>(0x40 + i));
    return next;
  };
  harness_.run_all(20, [&](std::size_t i) {
    const auto rotation = sessions.rotate(within(10s), presented, next_of(i, 0s));
    ASSERT_TRUE(rotation.ok()) << rotation.error().detail;
    EXPECT_EQ(rotation->family_id, family);
    outcomes[static_cast<std::size_t>(rotation->outcome)] += 1;
  });
  using Outcome = domain::Rotation::Outcome;
  EXPECT_EQ(outcomes[static_cast<std::size_t>(Outcome::kRotated)], 1);
  EXPECT_EQ(outcomes[static_cast<std::size_t>(Outcome::kRepeated)], 19);
  // Later it ends the family, once for all who come.
  std::atomic<int> reused{0};
  harness_.run_all(20, [&](std::size_t i) {
    const auto rotation = sessions.rotate(within(10s), presented, next_of(0x40 + i, 10s));
    ASSERT_TRUE(rotation.ok()) << rotation.error().detail;
    EXPECT_TRUE(rotation->outcome == Outcome::kReused || rotation->outcome == Outcome::kUnknown);
    reused += rotation->outcome == Outcome::kReused ? 1 : 0;
  });
  EXPECT_EQ(reused, 1);
}

/// A password is changed while many sign in with the former one: none of their sessions is left.
TEST_F(RaceTest, LeavesNoSessionOfAFormerPassword) {
  PgAccountStore accounts(harness_.database());
  PgSessionStore sessions(harness_.database());
  PgUnitsOfWork units(harness_.database());
  const domain::Timestamp now = fakes::FakeClock::kDefaultStart;
  const domain::AccountId account{fakes::FakeIdSource::nth(0x9000'0021)};
  harness_.run([&] {
    EXPECT_TRUE(accounts.insert(within(5s), {.id = account, .email = "former@example.org"}).ok());
  });
  harness_.run_all(20, [&](std::size_t i) {
    if (i == 7) {
      const auto done = domain::within_unit(
          within(10s), units, [&](const domain::Context& joined) -> domain::Result<void> {
            auto changed = accounts.set_password_hash(joined, account, "another");
            return changed ? sessions.revoke_all(joined, account, now, std::nullopt) : changed;
          });
      EXPECT_TRUE(done.ok()) << done.error().detail;
      return;
    }
    domain::TokenHash hash;
    hash.bytes.fill(static_cast<std::uint8_t>(0xc0 + i));
    static_cast<void>(
        sessions.insert(within(10s), {.family_id = {fakes::FakeIdSource::nth(0x9000'0030 + i)},
                                      .account_id = account,
                                      .hash = hash,
                                      .created_at = now,
                                      .expires_at = now + 1h}));
  });
  EXPECT_EQ(query("SELECT count(*) FROM refresh_token_families WHERE revoked_at IS NULL AND "
                  "account_id = '" +
                  account.to_string() + "'"),
            "0");
}

TEST_F(RaceTest, GivesNoMoreAttemptsToManyAtOnce) {
  PgSignInAllowanceStore allowances(harness_.database());
  domain::AllowanceKey key;
  key.bytes.fill(0x5a);
  const domain::Timestamp now = fakes::FakeClock::kDefaultStart;
  const domain::Allowance ten{.quota = 10, .interval = std::chrono::minutes(2)};
  std::atomic<int> taken{0};
  std::atomic<int> refused{0};
  harness_.run_all(40, [&](std::size_t) {
    const auto until = allowances.take(within(10s), key, now, ten);
    ASSERT_TRUE(until.ok()) << until.error().detail;
    (*until ? refused : taken) += 1;
    if (*until) {
      EXPECT_EQ(**until, now + std::chrono::minutes(2));
    }
  });
  EXPECT_EQ(taken, 10);
  EXPECT_EQ(refused, 30);
}

/// Each takes two rows in the order opposite to the other's: one of them is the victim of a
/// deadlock.
TEST_F(RaceTest, BeginsTheVictimOfADeadlockAnew) {
  query("CREATE TABLE pairs (id bigint PRIMARY KEY, count bigint NOT NULL)");
  query("INSERT INTO pairs VALUES (1, 0), (2, 0)");
  PgUnitsOfWork units(harness_.database());
  std::atomic<int> held{0};
  std::atomic<int> calls{0};
  harness_.run_all(2, [&](std::size_t i) {
    const domain::Context context = within(20s);
    const auto add = [&](const domain::Context& joined, bool is_first) {
      return harness_.database().exec(
          joined, diagnostic(is_first ? "UPDATE pairs SET count = count + 1 WHERE id = 1"
                                      : "UPDATE pairs SET count = count + 1 WHERE id = 2",
                             Lane::kWrite, false));
    };
    const auto done = domain::within_unit(
        context, units, [&](const domain::Context& joined) -> domain::Result<void> {
          ++calls;
          if (auto first = add(joined, i == 0); !first) return first.error();
          ++held;
          // Both have their first row before either asks for its second.
          while (held < 2) net::sleep_until(Clock::now() + 1ms);
          if (auto second = add(joined, i != 0); !second) return second.error();
          return {};
        });
    EXPECT_TRUE(done.ok()) << done.error().detail;
  });
  EXPECT_EQ(query("SELECT string_agg(count::text, ' ' ORDER BY id) FROM pairs"), "2 2");
  EXPECT_GE(calls, 3);  // more where the second attempt meets another deadlock
  query("DROP TABLE pairs");
}

TEST_F(RaceTest, LetsOneOfFiftyClaimsTakeEffect) {
  PgAccountStore accounts(harness_.database());
  PgIdempotencyStore idempotency(harness_.database());
  const domain::Timestamp now = fakes::FakeClock::kDefaultStart;
  std::atomic<int> effects{0};
  std::atomic<int> others{0};
  harness_.run_all(50, [&](std::size_t i) {
    const domain::Context context = within(20s);
    auto outcome = idempotency.claim(context, "race", "one key", {}, now);
    if (!outcome) {
      // A connection is held for the length of a claim: some wait in vain, and may try again.
      EXPECT_TRUE(code_of(outcome) == "idempotency_key_in_flight" ||
                  code_of(outcome) == "overloaded")
          << code_of(outcome);
      others += 1;
      return;
    }
    if (std::holds_alternative<domain::StoredAnswer>(*outcome)) {
      others += 1;
      return;
    }
    const auto claim = std::get<0>(*std::move(outcome));
    domain::Context inside = context;
    inside.unit_of_work = &claim->unit_of_work();
    EXPECT_TRUE(accounts
                    .insert(inside, {.id = {fakes::FakeIdSource::nth(0x9100'0000 + i)},
                                     .email = "fifty" + std::to_string(i) + "@example.org"})
                    .ok());
    EXPECT_TRUE(claim->commit({.status = 201}, now + 1h).ok());
    effects += 1;
  });
  EXPECT_EQ(effects, 1);
  EXPECT_EQ(others, 49);
}

/// The process dies in the middle of a claim: for the server, its connection ends.
TEST_F(RaceTest, FreesTheKeyOfAProcessThatDied) {
  PgIdempotencyStore idempotency(harness_.database());
  const domain::Timestamp now = fakes::FakeClock::kDefaultStart;
  std::unique_ptr<domain::IdempotencyStore::Claim> held;
  harness_.run([&] {
    auto outcome = idempotency.claim(within(10s), "died", "key", {}, now);
    ASSERT_TRUE(outcome.ok());
    held = std::get<0>(*std::move(outcome));
    const auto terminated = harness_.database().exec(
        within(5s), diagnostic("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_locks "
                               "WHERE locktype = 'advisory' AND pid <> pg_backend_pid()",
                               Lane::kWrite));
    ASSERT_TRUE(terminated.ok());
    EXPECT_EQ(terminated->integer(0, 0), 1);
    const auto again = idempotency.claim(within(10s), "died", "key", {}, now);
    ASSERT_TRUE(again.ok()) << again.error().detail;
    EXPECT_EQ(again->index(), 0U);
    held.reset();
  });
}

}  // namespace
}  // namespace vigie::storage::testing
