#include "server/domain/sessions.hpp"

#include <gtest/gtest.h>

#include "server/domain/accounts.hpp"
#include "tests/domain/samples.hpp"
#include "tests/fakes/fake_account_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/fake_session_store.hpp"
#include "tests/fakes/fake_sign_in_allowance_store.hpp"
#include "tests/fakes/recording_observer.hpp"

namespace vigie::domain {
namespace {

using Facts = std::vector<std::pair<SignIn, SignInOutcome>>;

class SessionsTest : public testing::Test {
 protected:
  void SetUp() override {
    Accounts accounts(accounts_, hasher_, clock_, ids_, observer_);
    account_ = *accounts.create(context_, samples::new_account(), Role::kOrganiser);
  }

  Result<TokenPair> login() {
    return sessions_.login(context_, "ana@example.org", "correct horse battery");
  }
  Code refresh_refusal(std::string_view token) {
    const auto pair = sessions_.refresh(context_, token);
    return pair ? Code::kInternal : pair.error().code;
  }

  fakes::FakeAccountStore accounts_;
  fakes::FakeSessionStore store_{accounts_};
  fakes::FakePasswordHasher hasher_;
  fakes::FakeTokens tokens_;
  fakes::FakeClock clock_;
  fakes::FakeIdSource ids_;
  fakes::RecordingObserver observer_;
  fakes::FakeSignInAllowanceStore allowances_;
  fakes::FakeMessageAuthenticator authenticator_;
  SignInGuard guard_{allowances_, authenticator_, clock_, 100};
  Sessions sessions_{{.accounts = accounts_,
                      .sessions = store_,
                      .guard = guard_,
                      .hasher = hasher_,
                      .tokens = tokens_,
                      .clock = clock_,
                      .ids = ids_,
                      .observer = observer_},
                     {.access = std::chrono::minutes{15}, .refresh = std::chrono::hours{24}}};
  Context context_;
  Account account_;
};

TEST_F(SessionsTest, LoginGivesTokensOfTheAccount) {
  const auto pair = sessions_.login(context_, "ANA@example.org", "correct horse battery");
  ASSERT_TRUE(pair);
  const auto principal = tokens_.verify(pair->access_token, clock_.now());
  EXPECT_EQ(principal->account_id, account_.id);
  EXPECT_EQ(principal->role, Role::kOrganiser);
  EXPECT_TRUE(principal->session_id.has_value());
  EXPECT_EQ(pair->access_lifetime, std::chrono::minutes{15});
  EXPECT_EQ(pair->refresh_lifetime, std::chrono::hours{24});
  EXPECT_EQ(observer_.sign_ins(), (Facts{{SignIn::kPassword, SignInOutcome::kSuccess}}));
}

TEST_F(SessionsTest, LoginRefusesUnknownAccountAndWrongPasswordAlikeAfterEqualWork) {
  const auto wrong = sessions_.login(context_, "ana@example.org", "wrong password");
  EXPECT_EQ(hasher_.verified(), 1);
  const auto unknown = sessions_.login(context_, "nobody@example.org", "wrong password");
  EXPECT_EQ(hasher_.verified(), 2);
  EXPECT_EQ(wrong.error().code, Code::kInvalidCredentials);
  EXPECT_EQ(unknown.error().code, wrong.error().code);
  EXPECT_EQ(unknown.error().message, wrong.error().message);
  EXPECT_EQ(observer_.sign_ins(), (Facts{{SignIn::kPassword, SignInOutcome::kInvalid},
                                         {SignIn::kPassword, SignInOutcome::kInvalid}}));
}

TEST_F(SessionsTest, LoginRefusesAPasswordThatIsTooLongAfterEqualWork) {
  const auto refused = sessions_.login(context_, "ana@example.org", std::string(100'000, 'x'));
  EXPECT_EQ(refused.error().code, Code::kInvalidCredentials);
  EXPECT_EQ(hasher_.verified(), 1);
}

TEST_F(SessionsTest, LoginKeepsWhatIsNoAddressFromTheStore) {
  accounts_.fail_with({.code = Code::kUnavailable});
  for (const std::string& email : {std::string("ana@example.org\0x", 17), std::string("\xff@b"),
                                   std::string(100'000, 'a') + "@example.org"}) {
    const auto refused = sessions_.login(context_, email, "correct horse battery");
    EXPECT_EQ(refused.error().code, Code::kInvalidCredentials);
  }
  EXPECT_EQ(hasher_.verified(), 3);
}

TEST_F(SessionsTest, LoginRenewsAHashOfAnotherCost) {
  const auto stored_hash = [&] { return (*accounts_.find(context_, account_.id))->password_hash; };
  ASSERT_TRUE(login());
  EXPECT_EQ(stored_hash(), account_.password_hash);
  hasher_.set_cost(2);
  EXPECT_FALSE(sessions_.login(context_, "ana@example.org", "wrong password"));
  EXPECT_EQ(stored_hash(), account_.password_hash);
  ASSERT_TRUE(login());
  EXPECT_EQ(stored_hash(), "fake$2$correct horse battery");
  EXPECT_TRUE(login());
}

TEST_F(SessionsTest, LoginSucceedsAlthoughTheHashCannotBeRenewed) {
  hasher_.set_cost(2);
  hasher_.refuse_hashing();
  EXPECT_TRUE(login());
  EXPECT_EQ((*accounts_.find(context_, account_.id))->password_hash, account_.password_hash);
}

TEST_F(SessionsTest, RefreshTradesATokenOnce) {
  const TokenPair first = *login();
  const auto second = sessions_.refresh(context_, first.refresh_token);
  ASSERT_TRUE(second);
  EXPECT_NE(second->refresh_token, first.refresh_token);
  EXPECT_TRUE(tokens_.verify(second->access_token, clock_.now()));
  EXPECT_TRUE(sessions_.refresh(context_, second->refresh_token));
}

TEST_F(SessionsTest, ReuseRevokesTheFamilyAndNoOther) {
  const TokenPair other = *login();
  const TokenPair first = *login();
  const TokenPair second = *sessions_.refresh(context_, first.refresh_token);
  clock_.advance(std::chrono::seconds(10));
  EXPECT_EQ(refresh_refusal(first.refresh_token), Code::kRefreshTokenReused);
  EXPECT_EQ(observer_.sign_ins().back(), (std::pair{SignIn::kRefresh, SignInOutcome::kReused}));
  EXPECT_EQ(refresh_refusal(second.refresh_token), Code::kInvalidToken);
  EXPECT_TRUE(sessions_.refresh(context_, other.refresh_token));
}

TEST_F(SessionsTest, RefreshIsRepeatedForAMomentWithoutAlarm) {
  const TokenPair first = *login();
  const TokenPair lost = *sessions_.refresh(context_, first.refresh_token);
  clock_.advance(std::chrono::milliseconds(9'999));
  const auto repeated = sessions_.refresh(context_, first.refresh_token);
  ASSERT_TRUE(repeated);
  EXPECT_NE(repeated->refresh_token, lost.refresh_token);
  EXPECT_EQ(tokens_.verify(repeated->access_token, clock_.now())->session_id,
            tokens_.verify(lost.access_token, clock_.now())->session_id);
  EXPECT_EQ(observer_.sign_ins().back(), (std::pair{SignIn::kRefresh, SignInOutcome::kRepeated}));
  // Both windows of a client go on, and repeating does not prolong the moment.
  EXPECT_TRUE(sessions_.refresh(context_, lost.refresh_token));
  EXPECT_TRUE(sessions_.refresh(context_, repeated->refresh_token));
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(refresh_refusal(first.refresh_token), Code::kRefreshTokenReused);
}

TEST_F(SessionsTest, RefreshNeedsNoSecondAnswerOfTheStores) {
  const TokenPair first = *login();
  accounts_.fail_with({.code = Code::kUnavailable});
  // What was rotated is answered, or nothing was rotated.
  const auto pair = sessions_.refresh(context_, first.refresh_token);
  accounts_.heal();
  EXPECT_FALSE(pair);
  EXPECT_TRUE(sessions_.refresh(context_, first.refresh_token));
}

TEST_F(SessionsTest, LoginOfADisabledAccountIsToldToWhoKnowsThePasswordAlone) {
  const TokenPair before = *login();
  ASSERT_TRUE(accounts_.disable(context_, account_.id, clock_.now()));
  EXPECT_EQ(login().error().code, Code::kAccountDisabled);
  EXPECT_EQ(sessions_.login(context_, "ana@example.org", "wrong password").error().code,
            Code::kInvalidCredentials);
  EXPECT_EQ(refresh_refusal(before.refresh_token), Code::kInvalidToken);
  ASSERT_TRUE(accounts_.enable(context_, account_.id));
  EXPECT_TRUE(login());
}

TEST_F(SessionsTest, LoginFailsWhenThePasswordIsChangedMeanwhile) {
  hasher_.after_verifying([this] {
    ASSERT_TRUE(accounts_.set_password_hash(context_, account_.id, "fake$1$another password"));
  });
  EXPECT_EQ(login().error().code, Code::kInvalidCredentials);
  EXPECT_EQ(observer_.sign_ins(), (Facts{{SignIn::kPassword, SignInOutcome::kInvalid}}));
}

TEST_F(SessionsTest, RefreshRefusesUnknownExpiredAndHugeTokens) {
  const TokenPair pair = *login();
  EXPECT_EQ(refresh_refusal("never issued"), Code::kInvalidToken);
  EXPECT_EQ(refresh_refusal(std::string(10'000, 'x')), Code::kInvalidToken);
  clock_.advance(std::chrono::hours{24});
  EXPECT_EQ(refresh_refusal(pair.refresh_token), Code::kInvalidToken);
}

TEST_F(SessionsTest, RefreshOfAnAccountThatIsGoneIsRefused) {
  const TokenPair pair = *login();
  accounts_.erase(account_.id);
  EXPECT_EQ(refresh_refusal(pair.refresh_token), Code::kInvalidToken);
}

TEST_F(SessionsTest, LogoutEndsTheFamilyAndIsNeverAnError) {
  const TokenPair first = *login();
  const TokenPair second = *sessions_.refresh(context_, first.refresh_token);
  EXPECT_TRUE(sessions_.logout(context_, first.refresh_token));
  EXPECT_EQ(refresh_refusal(second.refresh_token), Code::kInvalidToken);
  EXPECT_TRUE(sessions_.logout(context_, first.refresh_token));
  EXPECT_TRUE(sessions_.logout(context_, "never issued"));
  EXPECT_TRUE(sessions_.logout(context_, std::string(10'000, 'x')));
}

TEST_F(SessionsTest, HandOnWhatThePortsSay) {
  const TokenPair pair = *login();
  hasher_.fail_with({.code = Code::kOverloaded});
  EXPECT_EQ(login().error().code, Code::kOverloaded);
  hasher_.heal();
  store_.fail_with({.code = Code::kUnavailable});
  EXPECT_EQ(login().error().code, Code::kUnavailable);
  EXPECT_EQ(refresh_refusal(pair.refresh_token), Code::kUnavailable);
  EXPECT_EQ(sessions_.logout(context_, pair.refresh_token).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace vigie::domain
