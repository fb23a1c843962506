#include "server/domain/sign_in_guard.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>

#include "tests/domain/samples.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_secrets.hpp"
#include "tests/fakes/fake_sign_in_allowance_store.hpp"

namespace vigie::domain {
namespace {

class SignInGuardTest : public testing::Test {
 protected:
  /// From another address each time, unless it is given.
  Context from(std::string_view address = {}) {
    addresses_.push_back(address.empty() ? "198.51.100." + std::to_string(addresses_.size() % 250)
                                         : std::string(address));
    Context context;
    context.client_address = addresses_.back();
    return context;
  }
  /// How many attempts of an hour may fail; each comes from where `address` says.
  int failures_within_an_hour(const std::string& email, std::string_view address) {
    int failed = 0;
    for (int second = 0; second < 3600; ++second) {
      while (guard_.begin(from(address), email, account_)) ++failed;
      clock_.advance(std::chrono::seconds(1));
    }
    return failed;
  }
  void sign_in_from(std::string_view address) {
    const Context context = from(address);
    const auto attempt = guard_.begin(context, kEmail, account_);
    ASSERT_TRUE(attempt);
    ASSERT_TRUE(guard_.succeed(context, *attempt, account_));
  }

  static constexpr std::string_view kEmail = "ana@example.org";
  std::deque<std::string> addresses_;
  fakes::FakeSignInAllowanceStore store_;
  fakes::FakeMessageAuthenticator authenticator_;
  fakes::FakeClock clock_;
  SignInGuard guard_{store_, authenticator_, clock_, 100};
  AccountId account_ = samples::account_id(1);
};

TEST_F(SignInGuardTest, LetsAHundredFailWithinAnHourOverAllAddresses) {
  sign_in_from("203.0.113.7");
  const int strangers = failures_within_an_hour(std::string(kEmail), "");
  clock_.advance(std::chrono::hours(2));
  const int known = failures_within_an_hour(std::string(kEmail), "203.0.113.7");
  EXPECT_GT(strangers, 50);
  EXPECT_GT(known, 30);
  EXPECT_LE(strangers + known, 100);
}

TEST_F(SignInGuardTest, DoesNotLockTheOwnerOut) {
  sign_in_from("203.0.113.7");
  while (guard_.begin(from(), kEmail, account_)) {
  }
  EXPECT_TRUE(guard_.begin(from("203.0.113.7"), kEmail, account_));
  // Known is a network of IPv6, not an address in it.
  EXPECT_FALSE(guard_.begin(from("2001:db8::1"), kEmail, account_));
  clock_.advance(std::chrono::hours(1));
  sign_in_from("2001:db8::1");
  while (guard_.begin(from(), kEmail, account_)) {
  }
  EXPECT_TRUE(guard_.begin(from("2001:db8::ffff:2"), kEmail, account_));
  EXPECT_FALSE(guard_.begin(from("2001:db8:0:1::1"), kEmail, account_));
}

TEST_F(SignInGuardTest, SaysWhenToComeAgain) {
  while (guard_.begin(from(), kEmail, account_)) {
  }
  const auto refused = guard_.begin(from(), kEmail, account_);
  EXPECT_EQ(refused.error().code, Code::kRateLimited);
  clock_.advance(std::chrono::seconds(119));
  EXPECT_FALSE(guard_.begin(from(), kEmail, account_));
  clock_.advance(std::chrono::seconds(1));
  EXPECT_TRUE(guard_.begin(from(), kEmail, account_));
  EXPECT_FALSE(guard_.begin(from(), kEmail, account_));
}

TEST_F(SignInGuardTest, CountsNoSuccessAndNothingThatFoundNothingOut) {
  for (int i = 0; i < 200; ++i) sign_in_from("203.0.113.7");
  for (int i = 0; i < 200; ++i) {
    const Context context = from();
    const auto attempt = guard_.begin(context, kEmail, account_);
    ASSERT_TRUE(attempt);
    guard_.withdraw(context, *attempt);
  }
}

TEST_F(SignInGuardTest, TreatsNobodysAddressAlike) {
  int known = 0;
  int unknown = 0;
  while (guard_.begin(from(), kEmail, account_)) ++known;
  while (guard_.begin(from(), "nobody@example.org", std::nullopt)) ++unknown;
  EXPECT_EQ(known, unknown);
  EXPECT_FALSE(guard_.begin(from(), "NOBODY@example.org", std::nullopt));
}

TEST_F(SignInGuardTest, HandsOnWhatTheStoreSays) {
  store_.fail_with({.code = Code::kUnavailable});
  EXPECT_EQ(guard_.begin(from(), kEmail, account_).error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace vigie::domain
