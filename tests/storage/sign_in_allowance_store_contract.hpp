#pragma once

#include <algorithm>
#include <vector>

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

template <typename World>
class SignInAllowanceStoreContract : public StoreContract<World> {
 protected:
  static constexpr domain::Allowance kThree{.quota = 3, .interval = std::chrono::minutes(20)};

  domain::AllowanceKey new_key() {
    domain::AllowanceKey key;
    const domain::Uuid id = this->new_id();
    std::copy(id.bytes.begin(), id.bytes.end(), key.bytes.begin() + 5);
    return key;
  }
  /// Minutes after kNow when there will be one; -1: it was taken.
  std::int64_t take(const domain::AllowanceKey& key, std::int64_t minute) {
    const auto until = this->world.allowances().take(
        this->context(), key, this->kNow + std::chrono::minutes(minute), kThree);
    VIGIE_EXPECT_OK(until);
    return *until ? (**until - this->kNow) / std::chrono::minutes(1) : -1;
  }
  bool is_known(domain::AccountId account, const domain::AllowanceKey& address) {
    const auto known = this->world.allowances().is_known(this->context(), account, address);
    VIGIE_EXPECT_OK(known);
    return *known;
  }
};
TYPED_TEST_SUITE(SignInAllowanceStoreContract, Worlds);

TYPED_TEST(SignInAllowanceStoreContract, GivesAQuotaAndThenOneEachInterval) {
  this->world.run([this] {
    const auto key = this->new_key();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(this->take(key, 0), -1);
    EXPECT_EQ(this->take(key, 0), 20);
    EXPECT_EQ(this->take(key, 19), 20);
    EXPECT_EQ(this->take(key, 20), -1);
    EXPECT_EQ(this->take(key, 20), 40);
    EXPECT_EQ(this->take(this->new_key(), 20), -1);
    // After an hour without any, all are there, and no more.
    for (int i = 0; i < 3; ++i) EXPECT_EQ(this->take(key, 500), -1);
    EXPECT_EQ(this->take(key, 500), 520);
  });
}

TYPED_TEST(SignInAllowanceStoreContract, TakesBackWhatDoesNotCount) {
  this->world.run([this] {
    const auto key = this->new_key();
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(this->take(key, 0), -1);
      VIGIE_EXPECT_OK(
          this->world.allowances().give_back(this->context(), key, TestFixture::kThree));
    }
    VIGIE_EXPECT_OK(
        this->world.allowances().give_back(this->context(), this->new_key(), TestFixture::kThree));
  });
}

TYPED_TEST(SignInAllowanceStoreContract, RemembersTheLastAddressesOfAnAccount) {
  this->world.run([this] {
    const domain::AccountId account = this->stored_account();
    const domain::AccountId other = this->stored_account();
    std::vector<domain::AllowanceKey> addresses;
    for (int i = 0; i < domain::kKnownAddressesMax + 2; ++i) {
      addresses.push_back(this->new_key());
      VIGIE_EXPECT_OK(this->world.allowances().remember(this->context(), account, addresses.back(),
                                                        this->kNow + std::chrono::minutes(i)));
    }
    EXPECT_FALSE(this->is_known(account, addresses[0]));
    EXPECT_FALSE(this->is_known(account, addresses[1]));
    EXPECT_TRUE(this->is_known(account, addresses[2]));
    EXPECT_TRUE(this->is_known(account, addresses.back()));
    EXPECT_FALSE(this->is_known(other, addresses.back()));
    EXPECT_FALSE(this->is_known({}, addresses.back()));
  });
}

TYPED_TEST(SignInAllowanceStoreContract, ForgetsWhatIsOver) {
  this->world.run([this] {
    auto& store = this->world.allowances();
    const auto seen_before = this->kNow + std::chrono::hours(1);
    // Other tests' are in the same tables.
    const auto long_after = this->kNow + std::chrono::hours(1000);
    while (*store.remove_expired(this->context(), long_after, seen_before, 100) > 0) {
    }
    const domain::AccountId account = this->stored_account();
    const auto old = this->new_key();
    const auto young = this->new_key();
    VIGIE_EXPECT_OK(store.remember(this->context(), account, old, this->kNow));
    VIGIE_EXPECT_OK(store.remember(this->context(), account, young, seen_before));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(this->take(this->new_key(), 0), -1);
    const auto almost = this->kNow + std::chrono::minutes(19);
    EXPECT_EQ(*store.remove_expired(this->context(), almost, this->kNow, 2), 0);
    const auto whole = this->kNow + std::chrono::minutes(20);
    EXPECT_EQ(*store.remove_expired(this->context(), whole, seen_before, 2), 2);
    EXPECT_EQ(*store.remove_expired(this->context(), whole, seen_before, 2), 1);
    EXPECT_FALSE(this->is_known(account, old));
    EXPECT_TRUE(this->is_known(account, young));
  });
}

}  // namespace vigie::storage::testing
