#include "server/domain/accounts.hpp"

#include <gtest/gtest.h>

#include "server/domain/account_rules.hpp"
#include "tests/domain/samples.hpp"
#include "tests/fakes/fake_account_store.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/recording_observer.hpp"

namespace vigie::domain {
namespace {

using Pointers = std::vector<std::string>;

class AccountsTest : public testing::Test {
 protected:
  fakes::FakeAccountStore store_;
  fakes::FakePasswordHasher hasher_;
  fakes::FakeClock clock_;
  fakes::FakeIdSource ids_;
  fakes::RecordingObserver observer_;
  Accounts accounts_{store_, hasher_, clock_, ids_, observer_};
  Context context_;
};

TEST_F(AccountsTest, RegisterMakesAUserWithAHashedPassword) {
  NewAccount wanted = samples::new_account();
  wanted.email = "Ana@Example.ORG";
  const auto account = accounts_.create(context_, wanted, Role::kUser);
  ASSERT_TRUE(account);
  EXPECT_EQ(account->email, "ana@example.org");
  EXPECT_EQ(account->role, Role::kUser);
  EXPECT_EQ(account->created_at, clock_.now());
  EXPECT_TRUE(*hasher_.verify(context_, wanted.password, account->password_hash));
  EXPECT_EQ(observer_.accounts().size(), 1U);
}

TEST_F(AccountsTest, RegisterRefusesATakenEmailInAnyCase) {
  ASSERT_TRUE(accounts_.create(context_, samples::new_account(), Role::kUser));
  NewAccount again = samples::new_account();
  again.email = "ANA@example.org";
  EXPECT_EQ(accounts_.create(context_, again, Role::kUser).error().code, Code::kEmailTaken);
  EXPECT_EQ(observer_.accounts().size(), 1U);
}

TEST_F(AccountsTest, RegisterNamesAllFaultsAtOnce) {
  const auto refused = accounts_.create(context_, {}, Role::kUser);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kValidationFailed);
  EXPECT_EQ(samples::pointers(refused.error().faults),
            (Pointers{"/email", "/display_name", "/password"}));
}

TEST_F(AccountsTest, CreateGivesTheRoleThatIsAsked) {
  EXPECT_EQ(accounts_.create(context_, samples::new_account(), Role::kAdministrator)->role,
            Role::kAdministrator);
}

TEST_F(AccountsTest, MeIsTheCallersOwnAccount) {
  EXPECT_EQ(accounts_.me(context_).error().code, Code::kNotAuthenticated);
  const Account account = *accounts_.create(context_, samples::new_account(), Role::kUser);
  context_.principal = {.account_id = account.id, .role = account.role};
  EXPECT_EQ(accounts_.me(context_)->email, account.email);
  store_.erase(account.id);
  EXPECT_EQ(accounts_.me(context_).error().code, Code::kNotAuthenticated);
}

TEST_F(AccountsTest, HandOnWhatThePortsSay) {
  hasher_.fail_with({.code = Code::kOverloaded});
  EXPECT_EQ(accounts_.create(context_, samples::new_account(), Role::kUser).error().code,
            Code::kOverloaded);
  hasher_.heal();
  store_.fail_with({.code = Code::kUnavailable});
  EXPECT_EQ(accounts_.create(context_, samples::new_account(), Role::kUser).error().code,
            Code::kUnavailable);
  context_.principal = samples::organiser(1);
  EXPECT_EQ(accounts_.me(context_).error().code, Code::kUnavailable);
}

TEST(AccountRules, AcceptTheEmailsThatHtmlAccepts) {
  for (const char* const email :
       {"a@b", "first.last+tag@mail.example.org", "o'neil@x-y.example", "UPPER@EXAMPLE.ORG"}) {
    NewAccount wanted = samples::new_account();
    wanted.email = email;
    EXPECT_TRUE(faults_of(wanted).empty()) << email;
  }
}

TEST(AccountRules, RefuseOtherEmails) {
  for (const std::string& email :
       {std::string("plain"), std::string("@b.org"), std::string("a@"), std::string("a@b@c.org"),
        std::string("a b@c.org"), std::string("a@-b.org"), std::string("a@b-.org"),
        std::string("a@b..org"), std::string("a@b.org."), std::string("é@b.org"),
        std::string("a@b.org\n"), std::string("a\0@b.org", 8), std::string(65, 'a') + "@b.org",
        "a@" + std::string(64, 'b') + ".org", "a@b." + std::string(260, 'c')}) {
    NewAccount wanted = samples::new_account();
    wanted.email = email;
    EXPECT_EQ(samples::pointers(faults_of(wanted)), Pointers{"/email"}) << email;
  }
}

TEST(AccountRules, KnowWhosePasswordItIs) {
  NewAccount wanted = samples::new_account();
  wanted.password = "ana@example.org";
  EXPECT_EQ(samples::pointers(faults_of(wanted)), Pointers{"/password"});
}

}  // namespace
}  // namespace vigie::domain
