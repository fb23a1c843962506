#include "server/domain/account_life.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/domain/account_administration.hpp"
#include "server/domain/accounts.hpp"
#include "server/domain/ended_sessions.hpp"
#include "server/domain/own_account.hpp"
#include "server/domain/password_resets.hpp"
#include "server/domain/sessions.hpp"
#include "tests/domain/samples.hpp"
#include "tests/fakes/fake_account_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_job_queue.hpp"
#include "tests/fakes/fake_password_reset_store.hpp"
#include "tests/fakes/fake_reset_courier.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/fake_session_store.hpp"
#include "tests/fakes/fake_sign_in_allowance_store.hpp"
#include "tests/fakes/fake_units_of_work.hpp"
#include "tests/fakes/recording_observer.hpp"

namespace vigie::domain {
namespace {

using Changes = std::vector<AccountChange>;

constexpr std::string_view kPassword = "correct horse battery";
constexpr std::string_view kAnother = "four other words than these";

std::string verdict(const Result<void>& result) {
  return result ? "yes" : std::string(name_of(result.error().code));
}

class AccountLifeTest : public testing::Test {
 protected:
  void SetUp() override {
    Accounts accounts(accounts_, hasher_, clock_, ids_, observer_);
    account_ = *accounts.create(context_, samples::new_account(), Role::kOrganiser);
  }

  Result<TokenPair> login(std::string_view password) {
    return sessions_.login(context_, "ana@example.org", password);
  }
  /// A caller with a session of its own.
  Context signed_in() {
    const auto pair = login(kPassword);
    Context context;
    context.principal = *tokens_.verify(pair->access_token, clock_.now());
    return context;
  }
  bool is_open(const Context& caller) {
    EXPECT_TRUE(ended_.refresh(context_, clock_.now()));
    return !ended_.contains(*caller.principal.session_id);
  }
  Changes recorded() {
    Changes changes;
    const auto history = accounts_.history(context_, account_.id, 100);
    for (const auto& record : *history) changes.push_back(record.change);
    return changes;
  }

  fakes::FakeAccountStore accounts_;
  fakes::FakeSessionStore store_{accounts_};
  fakes::FakePasswordResetStore resets_{accounts_};
  fakes::FakeResetCourier courier_;
  fakes::FakeJobQueue jobs_;
  fakes::FakeUnitsOfWork units_;
  fakes::FakePasswordHasher hasher_;
  fakes::FakeTokens tokens_;
  fakes::FakeOpaqueTokens reset_tokens_;
  fakes::FakeClock clock_;
  fakes::FakeIdSource ids_;
  fakes::RecordingObserver observer_;
  fakes::FakeSignInAllowanceStore allowances_;
  fakes::FakeMessageAuthenticator authenticator_;
  SignInGuard guard_{allowances_, authenticator_, clock_, 100};
  Sessions sessions_{{accounts_, store_, guard_, hasher_, tokens_, clock_, ids_, observer_}, {}};
  AccountLife life_{{accounts_, store_, resets_, jobs_, units_, hasher_, clock_, observer_}};
  OwnAccount own_{accounts_, guard_, hasher_, life_};
  AccountAdministration administration_{life_};
  PasswordResets password_resets_{
      {accounts_, resets_, courier_, reset_tokens_, clock_, observer_}, life_, {}};
  EndedSessions ended_{store_, std::chrono::minutes(15)};
  Context context_;
  Account account_;
};

TEST_F(AccountLifeTest, ChangingThePasswordEndsTheOtherSessions) {
  const Context mine = signed_in();
  const Context theirs = signed_in();
  EXPECT_EQ(verdict(own_.change_password(mine, "not the password", kAnother)), "forbidden");
  EXPECT_TRUE(is_open(theirs));
  EXPECT_EQ(verdict(own_.change_password(mine, kPassword, kAnother)), "yes");
  EXPECT_TRUE(is_open(mine));
  EXPECT_FALSE(is_open(theirs));
  EXPECT_EQ(login(kPassword).error().code, Code::kInvalidCredentials);
  EXPECT_TRUE(login(kAnother));
  EXPECT_EQ(recorded(), Changes{AccountChange::kPasswordChanged});
  EXPECT_EQ(observer_.account_changes(), recorded());
  EXPECT_EQ((*accounts_.history(context_, account_.id, 1))[0].actor_id, account_.id);
}

TEST_F(AccountLifeTest, ChangingThePasswordAsksTheRules) {
  const auto refused = own_.change_password(signed_in(), kPassword, "short");
  EXPECT_EQ(samples::pointers(refused.error().faults), std::vector<std::string>{"/new_password"});
  EXPECT_TRUE(login(kPassword));
}

TEST_F(AccountLifeTest, NothingIsHalfDoneWhenTheCommitFails) {
  const Context mine = signed_in();
  units_.fail_next_commit();
  EXPECT_EQ(verdict(own_.change_password(mine, kPassword, kAnother)), "unavailable");
  EXPECT_TRUE(login(kPassword));
  units_.fail_next_commit();
  EXPECT_EQ(verdict(life_.disable(context_, account_.id)), "unavailable");
  EXPECT_TRUE(login(kPassword));
  units_.fail_next_commit();
  EXPECT_EQ(verdict(own_.erase(mine, kPassword)), "unavailable");
  EXPECT_TRUE(login(kPassword));
  EXPECT_TRUE(is_open(mine));
  EXPECT_EQ(recorded(), Changes{});
  EXPECT_EQ(observer_.account_changes(), Changes{});
}

TEST_F(AccountLifeTest, EndingTheSessionsEndsTheCallersToo) {
  const Context mine = signed_in();
  const Context theirs = signed_in();
  EXPECT_EQ(verdict(own_.end_sessions(mine)), "yes");
  EXPECT_FALSE(is_open(mine));
  EXPECT_FALSE(is_open(theirs));
  EXPECT_TRUE(login(kPassword));
  EXPECT_EQ(recorded(), Changes{AccountChange::kSessionsEnded});
}

TEST_F(AccountLifeTest, ADisabledAccountStaysSoUntilItIsEnabled) {
  const Context mine = signed_in();
  EXPECT_EQ(verdict(life_.disable(context_, account_.id)), "yes");
  EXPECT_EQ(verdict(life_.disable(context_, account_.id)), "yes");
  EXPECT_FALSE(is_open(mine));
  EXPECT_EQ(login(kPassword).error().code, Code::kAccountDisabled);
  EXPECT_EQ(verdict(own_.change_password(mine, kPassword, kAnother)), "not_authenticated");
  EXPECT_EQ(verdict(life_.enable(context_, account_.id)), "yes");
  EXPECT_EQ(verdict(life_.enable(context_, account_.id)), "yes");
  EXPECT_FALSE(is_open(mine));
  EXPECT_TRUE(login(kPassword));
  EXPECT_EQ(recorded(), (Changes{AccountChange::kDisabled, AccountChange::kEnabled}));
}

TEST_F(AccountLifeTest, AnErasedAccountIsGoneAndItsIdFree) {
  const Context mine = signed_in();
  EXPECT_EQ(verdict(own_.erase(mine, "not the password")), "forbidden");
  EXPECT_EQ(verdict(own_.erase(mine, kPassword)), "yes");
  EXPECT_FALSE(is_open(mine));
  EXPECT_EQ(login(kPassword).error().code, Code::kInvalidCredentials);
  EXPECT_FALSE(accounts_.find(context_, account_.id)->has_value());
  ASSERT_EQ(jobs_.jobs().size(), 1U);
  EXPECT_EQ(jobs_.jobs()[0].kind, "account.erase");
  EXPECT_EQ(recorded(), Changes{AccountChange::kErased});
  // Whoever had the address may register anew.
  Accounts accounts(accounts_, hasher_, clock_, ids_, observer_);
  EXPECT_TRUE(accounts.create(context_, samples::new_account(), Role::kUser));
  for (const auto& done :
       {life_.erase(context_, account_.id), life_.disable(context_, account_.id),
        life_.enable(context_, account_.id), life_.end_sessions(context_, account_.id)}) {
    EXPECT_EQ(verdict(done), "not_found");
  }
}

TEST_F(AccountLifeTest, AStolenTokenTriesNoMorePasswordsThanAStranger) {
  Context thief = signed_in();
  thief.client_address = "203.0.113.9";
  int tried = 0;
  while (verdict(own_.erase(thief, "a guess")) == "forbidden") ++tried;
  EXPECT_EQ(tried, 30);
  EXPECT_EQ(verdict(own_.change_password(thief, kPassword, kAnother)), "rate_limited");
}

TEST_F(AccountLifeTest, AResetIsGoodOnceAndEndsAllSessions) {
  const Context mine = signed_in();
  ASSERT_TRUE(password_resets_.request(context_, "ANA@example.org"));
  ASSERT_EQ(courier_.sent().size(), 1U);
  const std::string token = courier_.sent()[0].token;
  EXPECT_EQ(courier_.sent()[0].email, "ana@example.org");
  EXPECT_EQ(verdict(password_resets_.complete(context_, token, "short")), "validation_failed");
  EXPECT_EQ(verdict(password_resets_.complete(context_, token, kAnother)), "yes");
  EXPECT_FALSE(is_open(mine));
  EXPECT_TRUE(login(kAnother));
  const auto again = password_resets_.complete(context_, token, kPassword);
  EXPECT_EQ(samples::pointers(again.error().faults), std::vector<std::string>{"/token"});
  EXPECT_TRUE(login(kAnother));
  EXPECT_EQ(recorded(), (Changes{AccountChange::kResetIssued, AccountChange::kPasswordReset}));
}

TEST_F(AccountLifeTest, AResetExpiresAndIsWorthlessAfterAnother) {
  const std::string first = *password_resets_.issue(context_, account_.id);
  const std::string second = *password_resets_.issue(context_, account_.id);
  EXPECT_EQ(verdict(password_resets_.complete(context_, second, kAnother)), "yes");
  EXPECT_EQ(verdict(password_resets_.complete(context_, first, kPassword)), "validation_failed");
  const std::string late = *password_resets_.issue(context_, account_.id);
  clock_.advance(std::chrono::minutes(30));
  EXPECT_EQ(verdict(password_resets_.complete(context_, late, kPassword)), "validation_failed");
  EXPECT_EQ(verdict(password_resets_.complete(context_, std::string(10'000, 'x'), kPassword)),
            "validation_failed");
}

TEST_F(AccountLifeTest, AWorthlessTokenMakesNobodyHash) {
  hasher_.before_hashing([] { FAIL() << "hashed"; });
  EXPECT_EQ(verdict(password_resets_.complete(context_, "never issued", kAnother)),
            "validation_failed");
}

TEST_F(AccountLifeTest, AResetIsAnsweredAlikeWhoeverAsksAndSentToFew) {
  for (const std::string_view email : {"nobody@example.org", "no address", ""}) {
    EXPECT_EQ(verdict(password_resets_.request(context_, email)), "yes") << email;
  }
  EXPECT_TRUE(courier_.sent().empty());
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(password_resets_.request(context_, "ana@example.org"));
  EXPECT_EQ(courier_.sent().size(), 3U);
  clock_.advance(std::chrono::minutes(31));
  ASSERT_TRUE(password_resets_.request(context_, "ana@example.org"));
  EXPECT_EQ(courier_.sent().size(), 4U);
  ASSERT_TRUE(accounts_.disable(context_, account_.id, clock_.now()));
  ASSERT_TRUE(password_resets_.request(context_, "ana@example.org"));
  EXPECT_EQ(courier_.sent().size(), 4U);
}

TEST_F(AccountLifeTest, AServerWithoutMailsRefusesWhoeverAsks) {
  courier_.be_unable();
  for (const std::string_view email : {"nobody@example.org", "ana@example.org"}) {
    EXPECT_EQ(verdict(password_resets_.request(context_, email)), "reset_not_offered");
  }
}

TEST_F(AccountLifeTest, EndedSessionsAreForgottenOnceTheirTokensHaveExpired) {
  const Context mine = signed_in();
  ASSERT_TRUE(own_.end_sessions(mine));
  EXPECT_FALSE(is_open(mine));
  clock_.advance(std::chrono::minutes(15) + std::chrono::seconds(1));
  EXPECT_TRUE(is_open(mine));
  EXPECT_EQ(ended_.size(), 0U);
}

TEST_F(AccountLifeTest, EndedSessionsCountWhileTheStoreIsAway) {
  const Context mine = signed_in();
  const Context later = signed_in();
  ASSERT_TRUE(own_.end_sessions(mine));
  ASSERT_TRUE(ended_.refresh(context_, clock_.now()));
  store_.fail_with({.code = Code::kUnavailable});
  EXPECT_FALSE(ended_.refresh(context_, clock_.now()));
  EXPECT_TRUE(ended_.contains(*mine.principal.session_id));
  EXPECT_TRUE(ended_.contains(*later.principal.session_id));
}

struct Row {
  std::string_view name;
  Principal caller;
  std::string_view others;
  std::string_view own;
};
void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class Administration : public testing::TestWithParam<Row> {};

TEST_P(Administration, IsForWhomTheTableSays) {
  const Row& row = GetParam();
  EXPECT_EQ(verdict(may_administer(row.caller, samples::account_id(2))), row.others);
  EXPECT_EQ(verdict(may_administer(row.caller, samples::account_id(1))), row.own);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(ByRole, Administration, testing::Values(
    Row{"anonymous",     samples::anonymous(),                        "not_authenticated", "not_authenticated"},
    Row{"role_alone",    Principal{.role = Role::kAdministrator},     "not_authenticated", "not_authenticated"},
    Row{"user",          samples::caller(1, Role::kUser),             "forbidden",         "forbidden"},
    Row{"organiser",     samples::caller(1, Role::kOrganiser),        "forbidden",         "forbidden"},
    Row{"administrator", samples::caller(1, Role::kAdministrator),    "yes",               "forbidden"}),
    [](const auto& row) { return std::string(row.param.name); });
// clang-format on

}  // namespace
}  // namespace vigie::domain
