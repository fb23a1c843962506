#include "server/auth/shared_hasher.hpp"

#include <gtest/gtest.h>

#include <string>

#include "tests/fakes/fake_secrets.hpp"

namespace vigie::auth {
namespace {

domain::Context from(std::string_view address) {
  domain::Context context;
  context.client_address = address;
  return context;
}

class SharedHasherTest : public testing::Test {
 protected:
  fakes::FakePasswordHasher hasher_;
  domain::SharePool places_{"password", {.places = 4, .per_account = 2, .per_address = 2}};
  SharedHasher shared_{hasher_, places_};
};

TEST_F(SharedHasherTest, LetsOneAddressWaitForItsShareAlone) {
  const auto first = places_.take(domain::Caller::of_address("2001:db8::1"));
  const auto second = places_.take(domain::Caller::of_address("2001:db8::2"));
  const domain::Context same = from("2001:db8::3");
  EXPECT_EQ(shared_.hash(same, "x").error().code, domain::Code::kShareExceeded);
  EXPECT_EQ(shared_.verify(same, "x", "y").error().code, domain::Code::kShareExceeded);
  EXPECT_EQ(hasher_.verified(), 0);
  EXPECT_TRUE(shared_.hash(from("2001:db8:0:1::1"), "x"));
  EXPECT_TRUE(shared_.verify(from("192.0.2.1"), "x", "y"));
}

TEST_F(SharedHasherTest, GivesThePlaceBackWhateverHappens) {
  hasher_.fail_with({.code = domain::Code::kOverloaded});
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(shared_.hash(from("192.0.2.1"), "x").error().code, domain::Code::kOverloaded);
  }
  EXPECT_EQ(places_.load().held, 0U);
}

TEST_F(SharedHasherTest, RefusesAllWhenAllPlacesAreTaken) {
  const auto a = places_.take(domain::Caller::of_address("192.0.2.1"));
  const auto b = places_.take(domain::Caller::of_address("192.0.2.1"));
  const auto c = places_.take(domain::Caller::of_address("192.0.2.2"));
  const auto d = places_.take(domain::Caller::of_address("192.0.2.2"));
  EXPECT_EQ(shared_.hash(from("192.0.2.3"), "x").error().code, domain::Code::kOverloaded);
}

TEST_F(SharedHasherTest, IsAsOutdatedAsTheHasherSays) {
  EXPECT_TRUE(shared_.is_outdated("fake$2$x"));
  EXPECT_FALSE(shared_.is_outdated("fake$1$x"));
}

}  // namespace
}  // namespace vigie::auth
