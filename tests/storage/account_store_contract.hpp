#pragma once

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

template <typename World>
class AccountStoreContract : public StoreContract<World> {};
TYPED_TEST_SUITE(AccountStoreContract, Worlds);

TYPED_TEST(AccountStoreContract, FindsWhatWasInserted) {
  this->world.run([this] {
    const domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(this->world.accounts().insert(this->context(), account));
    for (const auto& found :
         {this->world.accounts().find(this->context(), account.id),
          this->world.accounts().find_by_email(this->context(), account.email)}) {
      ASSERT_TRUE(found.ok()) << found.error().detail;
      ASSERT_TRUE(found->has_value());
      EXPECT_EQ((*found)->id, account.id);
      EXPECT_EQ((*found)->email, account.email);
      EXPECT_EQ((*found)->display_name, account.display_name);
      EXPECT_EQ((*found)->role, account.role);
      EXPECT_EQ((*found)->password_hash, account.password_hash);
      EXPECT_EQ((*found)->created_at, account.created_at);
    }
  });
}

TYPED_TEST(AccountStoreContract, FindsNothingUnderAnUnknownIdOrEmail) {
  this->world.run([this] {
    const auto by_id = this->world.accounts().find(this->context(), {this->new_id()});
    ASSERT_TRUE(by_id.ok());
    EXPECT_FALSE(by_id->has_value());
    const auto by_email = this->world.accounts().find_by_email(this->context(), "no@example.org");
    ASSERT_TRUE(by_email.ok());
    EXPECT_FALSE(by_email->has_value());
  });
}

TYPED_TEST(AccountStoreContract, RefusesASecondAccountWithTheSameEmail) {
  this->world.run([this] {
    const domain::Account first = this->new_account();
    domain::Account second = this->new_account();
    second.email = first.email;
    VIGIE_EXPECT_OK(this->world.accounts().insert(this->context(), first));
    EXPECT_EQ(code_of(this->world.accounts().insert(this->context(), second)), "email_taken");
    const auto found = this->world.accounts().find(this->context(), second.id);
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(found->has_value());
  });
}

TYPED_TEST(AccountStoreContract, ReplacesAPasswordHashUnlessSomebodyWasFaster) {
  this->world.run([this] {
    const domain::Account account = this->new_account();
    const domain::Account other = this->new_account();
    const auto hash_of = [this](domain::AccountId id) {
      const auto found = this->world.accounts().find(this->context(), id);
      return found && *found ? (*found)->password_hash : "not found";
    };
    VIGIE_EXPECT_OK(this->world.accounts().insert(this->context(), account));
    VIGIE_EXPECT_OK(this->world.accounts().insert(this->context(), other));
    VIGIE_EXPECT_OK(
        this->world.accounts().replace_password_hash(this->context(), account, "second"));
    EXPECT_EQ(hash_of(account.id), "second");
    EXPECT_EQ(hash_of(other.id), other.password_hash);
    // The account that is given still has the first.
    VIGIE_EXPECT_OK(
        this->world.accounts().replace_password_hash(this->context(), account, "third"));
    EXPECT_EQ(hash_of(account.id), "second");
    VIGIE_EXPECT_OK(
        this->world.accounts().replace_password_hash(this->context(), this->new_account(), "any"));
  });
}

TYPED_TEST(AccountStoreContract, FailsOnceTheDeadlineHasPassed) {
  this->world.run([this] {
    const domain::Account account = this->new_account();
    EXPECT_EQ(code_of(this->world.accounts().insert(this->expired(), account)),
              "deadline_exceeded");
    EXPECT_EQ(code_of(this->world.accounts().find(this->expired(), account.id)),
              "deadline_exceeded");
  });
}

}  // namespace vigie::storage::testing
