#include "server/domain/caller.hpp"

#include <gtest/gtest.h>

#include "server/domain/context.hpp"

namespace vigie::domain {
namespace {

CallerKey of(std::string_view address) { return CallerKey::of_address(address); }

TEST(CallerKey, OfIpv4IsTheWholeAddress) {
  EXPECT_EQ(of("192.0.2.1"), of("192.0.2.1"));
  EXPECT_NE(of("192.0.2.1"), of("192.0.2.2"));
}

TEST(CallerKey, OfIpv6IsTheNetworkOf64Bits) {
  EXPECT_EQ(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_EQ(of("2001:db8:1:2::1"), of("2001:0DB8:0001:0002:0000::"));
  EXPECT_NE(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
}

TEST(CallerKey, AnIpv4AddressInIpv6ClothesIsTheSameCaller) {
  EXPECT_EQ(of("::ffff:192.0.2.1"), of("192.0.2.1"));
  EXPECT_EQ(of("::ffff:c000:201"), of("192.0.2.1"));
  EXPECT_NE(of("::ffff:192.0.2.1"), of("::ffff:192.0.2.2"));
}

TEST(CallerKey, WhatIsNoAddressHasOneKeyTogether) {
  EXPECT_EQ(of("unknown"), of(""));
  EXPECT_EQ(of("unknown"), of(std::string(1000, '1')));
  EXPECT_NE(of("unknown"), of("192.0.2.1"));
}

TEST(CallerKey, AnAccountIsNoAddressOfTheSameBytes) {
  AccountId account;
  account.uuid.bytes = {0x20, 0x01, 0x0d, 0xb8};
  EXPECT_NE(CallerKey::of(account), of("2001:db8::"));
  EXPECT_TRUE(CallerKey::of(account).is_account());
  EXPECT_FALSE(of("2001:db8::").is_account());
}

TEST(Caller, IsTheAccountAndItsAddress) {
  Context context{.client_address = "192.0.2.1"};
  EXPECT_EQ(Caller::of(context), Caller::of_address("192.0.2.1"));
  EXPECT_EQ(Caller::of(context).narrowest(), of("192.0.2.1"));
  context.principal.account_id = AccountId{};
  EXPECT_EQ(Caller::of(context).address, of("192.0.2.1"));
  EXPECT_EQ(Caller::of(context).narrowest(), CallerKey::of(AccountId{}));
}

TEST(Caller, OfAJobIsThisProgram) {
  EXPECT_FALSE(Caller::of(Context{}).address);
  EXPECT_FALSE(Caller::of(Context{}).account);
}

}  // namespace
}  // namespace vigie::domain
