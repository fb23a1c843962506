#pragma once

#include <string>

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

template <typename World>
class PasswordResetStoreContract : public StoreContract<World> {
 protected:
  domain::PasswordReset new_reset() {
    domain::PasswordReset reset{
        .hash = {}, .created_at = this->kNow, .expires_at = this->kNow + std::chrono::minutes(30)};
    const domain::Uuid id = this->new_id();
    std::copy(id.bytes.begin(), id.bytes.end(), reset.hash.bytes.begin() + 3);
    return reset;
  }
  domain::Account stored() {
    const domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(this->world.accounts().insert(this->context(), account));
    return account;
  }
  /// Whose token it is; empty: nobody's.
  std::string owner_of(const domain::PasswordReset& reset,
                       std::chrono::minutes later = std::chrono::minutes(0)) {
    const auto found = this->world.resets().find(this->context(), reset.hash, this->kNow + later);
    VIGIE_EXPECT_OK(found);
    return found && *found ? (*found)->id.to_string() : "";
  }
};
TYPED_TEST_SUITE(PasswordResetStoreContract, Worlds);

TYPED_TEST(PasswordResetStoreContract, IsUsedOnceAndUntilItExpires) {
  this->world.run([this] {
    auto& store = this->world.resets();
    const domain::Account account = this->stored();
    const auto reset = this->new_reset();
    EXPECT_EQ(this->owner_of(reset), "");
    VIGIE_EXPECT_OK(store.insert(this->context(), reset, account.id));
    EXPECT_EQ(this->owner_of(reset), account.id.to_string());
    EXPECT_EQ(this->owner_of(reset, std::chrono::minutes(29)), account.id.to_string());
    EXPECT_EQ(this->owner_of(reset, std::chrono::minutes(30)), "");
    const auto late = this->kNow + std::chrono::minutes(30);
    EXPECT_EQ(code_of(store.use(this->context(), reset.hash, late)), "not_found");
    VIGIE_EXPECT_OK(store.use(this->context(), reset.hash, this->kNow));
    EXPECT_EQ(code_of(store.use(this->context(), reset.hash, this->kNow)), "not_found");
    EXPECT_EQ(this->owner_of(reset), "");
  });
}

TYPED_TEST(PasswordResetStoreContract, IsForAccountsThatThereAre) {
  this->world.run([this] {
    auto& store = this->world.resets();
    EXPECT_EQ(code_of(store.insert(this->context(), this->new_reset(), {this->new_id()})),
              "not_found");
    const domain::Account account = this->stored();
    const auto reset = this->new_reset();
    VIGIE_EXPECT_OK(store.insert(this->context(), reset, account.id));
    VIGIE_EXPECT_OK(this->world.accounts().erase(this->context(), account.id, this->kNow));
    EXPECT_EQ(this->owner_of(reset), "");
    EXPECT_EQ(code_of(store.insert(this->context(), this->new_reset(), account.id)), "not_found");
  });
}

TYPED_TEST(PasswordResetStoreContract, IsSentToAnAddressAFewTimes) {
  this->world.run([this] {
    auto& store = this->world.resets();
    const domain::Account account = this->stored();
    const auto sent = [&](std::string_view email, domain::Timestamp since) {
      const auto reset = this->new_reset();
      const auto to = store.insert_for(this->context(), reset, email, since, 2);
      VIGIE_EXPECT_OK(to);
      // What is sent to nobody is good for nobody.
      EXPECT_EQ(this->owner_of(reset), *to ? (*to)->id.to_string() : "");
      return to->has_value();
    };
    const auto hour_ago = this->kNow - std::chrono::hours(1);
    EXPECT_FALSE(sent("nobody+" + this->unique("") + "@example.org", hour_ago));
    EXPECT_FALSE(sent("", hour_ago));
    EXPECT_TRUE(sent(account.email, hour_ago));
    EXPECT_TRUE(sent(account.email, hour_ago));
    EXPECT_FALSE(sent(account.email, hour_ago));
    EXPECT_TRUE(sent(account.email, this->kNow + std::chrono::seconds(1)));
    ASSERT_TRUE(*this->world.accounts().disable(this->context(), account.id, this->kNow));
    EXPECT_FALSE(sent(account.email, this->kNow + std::chrono::seconds(1)));
  });
}

TYPED_TEST(PasswordResetStoreContract, ForgetsAllOfAnAccountAndNoOthers) {
  this->world.run([this] {
    auto& store = this->world.resets();
    const domain::Account one = this->stored();
    const domain::Account other = this->stored();
    const auto first = this->new_reset();
    const auto second = this->new_reset();
    const auto foreign = this->new_reset();
    VIGIE_EXPECT_OK(store.insert(this->context(), first, one.id));
    VIGIE_EXPECT_OK(store.insert(this->context(), second, one.id));
    VIGIE_EXPECT_OK(store.insert(this->context(), foreign, other.id));
    VIGIE_EXPECT_OK(store.forget_all(this->context(), one.id));
    EXPECT_EQ(this->owner_of(first), "");
    EXPECT_EQ(this->owner_of(second), "");
    EXPECT_EQ(this->owner_of(foreign), other.id.to_string());
  });
}

TYPED_TEST(PasswordResetStoreContract, RemovesExpiredOnesInPortions) {
  this->world.run([this] {
    auto& store = this->world.resets();
    // Other tests' are in the same table.
    const auto later = this->kNow + std::chrono::hours(100);
    while (*store.remove_expired(this->context(), later, 100) > 0) {
    }
    const domain::Account account = this->stored();
    for (int i = 0; i < 3; ++i) {
      VIGIE_EXPECT_OK(store.insert(this->context(), this->new_reset(), account.id));
    }
    EXPECT_EQ(*store.remove_expired(this->context(), this->kNow, 2), 0);
    EXPECT_EQ(*store.remove_expired(this->context(), later, 2), 2);
    EXPECT_EQ(*store.remove_expired(this->context(), later, 2), 1);
  });
}

}  // namespace vigie::storage::testing
