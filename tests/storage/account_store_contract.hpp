#pragma once

#include <algorithm>
#include <vector>

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

TYPED_TEST(AccountStoreContract, SetsAPasswordHashAndAnotherVersion) {
  this->world.run([this] {
    auto& store = this->world.accounts();
    const domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(store.insert(this->context(), account));
    VIGIE_EXPECT_OK(store.set_password_hash(this->context(), account.id, "second"));
    const auto found = store.find(this->context(), account.id);
    EXPECT_EQ((*found)->password_hash, "second");
    EXPECT_EQ((*found)->credentials_version, account.credentials_version + 1);
    EXPECT_EQ(code_of(store.set_password_hash(this->context(), {this->new_id()}, "x")),
              "not_found");
  });
}

TYPED_TEST(AccountStoreContract, DisablesAndEnablesOnce) {
  this->world.run([this] {
    auto& store = this->world.accounts();
    const domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(store.insert(this->context(), account));
    const auto later = this->kNow + std::chrono::hours(1);
    EXPECT_FALSE(*store.enable(this->context(), account.id));
    EXPECT_TRUE(*store.disable(this->context(), account.id, this->kNow));
    EXPECT_FALSE(*store.disable(this->context(), account.id, later));
    const auto found = store.find_by_email(this->context(), account.email);
    EXPECT_EQ((*found)->disabled_at, this->kNow);
    EXPECT_EQ((*found)->credentials_version, account.credentials_version + 1);
    EXPECT_TRUE(*store.enable(this->context(), account.id));
    EXPECT_FALSE((*store.find(this->context(), account.id))->disabled_at);
    EXPECT_EQ(code_of(store.disable(this->context(), {this->new_id()}, later)), "not_found");
    EXPECT_EQ(code_of(store.enable(this->context(), {this->new_id()})), "not_found");
  });
}

TYPED_TEST(AccountStoreContract, ErasesForGood) {
  this->world.run([this] {
    auto& store = this->world.accounts();
    const domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(store.insert(this->context(), account));
    VIGIE_EXPECT_OK(store.erase(this->context(), account.id, this->kNow));
    EXPECT_FALSE(store.find(this->context(), account.id)->has_value());
    EXPECT_FALSE(store.find_by_email(this->context(), account.email)->has_value());
    for (const auto& done : {store.erase(this->context(), account.id, this->kNow),
                             store.set_password_hash(this->context(), account.id, "x")}) {
      EXPECT_EQ(code_of(done), "not_found");
    }
    EXPECT_EQ(code_of(store.disable(this->context(), account.id, this->kNow)), "not_found");
    // The address is free.
    domain::Account next = this->new_account();
    next.email = account.email;
    VIGIE_EXPECT_OK(store.insert(this->context(), next));
  });
}

TYPED_TEST(AccountStoreContract, ListsTheNewestFirst) {
  this->world.run([this] {
    auto& store = this->world.accounts();
    std::vector<domain::AccountId> ids;
    for (int i = 0; i < 3; ++i) {
      domain::Account account = this->new_account();
      account.created_at = this->kNow + std::chrono::hours(1000) + std::chrono::seconds(i);
      VIGIE_EXPECT_OK(store.insert(this->context(), account));
      ids.push_back(account.id);
    }
    ASSERT_TRUE(*store.disable(this->context(), ids[0], this->kNow));
    const auto newest = store.list(this->context(), {.limit = 2});
    ASSERT_EQ(newest->size(), 2U);
    EXPECT_EQ((*newest)[0].id, ids[2]);
    EXPECT_EQ((*newest)[1].id, ids[1]);
    const auto disabled = store.list(this->context(), {.is_disabled_only = true, .limit = 1});
    EXPECT_EQ((*disabled)[0].id, ids[0]);
    for (const auto id : ids) VIGIE_EXPECT_OK(store.erase(this->context(), id, this->kNow));
    const auto rest = store.list(this->context(), {.limit = 1000});
    for (const auto& account : *rest) EXPECT_EQ(std::ranges::count(ids, account.id), 0);
  });
}

TYPED_TEST(AccountStoreContract, KeepsTheChangesOfAnErasedAccount) {
  this->world.run([this] {
    auto& store = this->world.accounts();
    const domain::AccountId id = this->stored_account();
    const domain::AccountId actor = this->stored_account();
    const auto record = [&](domain::AccountChange change, std::optional<domain::AccountId> by) {
      VIGIE_EXPECT_OK(store.record(this->context(), {.account_id = id,
                                                     .changed_at = this->kNow,
                                                     .change = change,
                                                     .actor_id = by,
                                                     .correlation_id = "correlation-1"}));
    };
    record(domain::AccountChange::kDisabled, std::nullopt);
    record(domain::AccountChange::kEnabled, actor);
    record(domain::AccountChange::kErased, id);
    VIGIE_EXPECT_OK(store.erase(this->context(), id, this->kNow));
    const auto history = store.history(this->context(), id, 2);
    ASSERT_EQ(history->size(), 2U);
    EXPECT_EQ((*history)[0].change, domain::AccountChange::kEnabled);
    EXPECT_EQ((*history)[0].actor_id, actor);
    EXPECT_EQ((*history)[0].changed_at, this->kNow);
    EXPECT_EQ((*history)[0].correlation_id, "correlation-1");
    EXPECT_EQ((*history)[1].change, domain::AccountChange::kErased);
    EXPECT_TRUE(store.history(this->context(), actor, 10)->empty());
  });
}

TYPED_TEST(AccountStoreContract, ChangesTakePartInAUnitOfWork) {
  this->world.run([this] {
    auto& store = this->world.accounts();
    const domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(store.insert(this->context(), account));
    {
      auto unit = this->world.units().begin(this->context(), domain::UnitPace::kQuick);
      domain::Context joined = this->context();
      joined.unit_of_work = unit->get();
      VIGIE_EXPECT_OK(store.set_password_hash(joined, account.id, "second"));
      EXPECT_TRUE(*store.disable(joined, account.id, this->kNow));
      VIGIE_EXPECT_OK(store.erase(joined, account.id, this->kNow));
    }
    const auto found = store.find(this->context(), account.id);
    ASSERT_TRUE(found->has_value());
    EXPECT_EQ((*found)->password_hash, account.password_hash);
    EXPECT_FALSE((*found)->disabled_at);
    EXPECT_EQ((*found)->credentials_version, account.credentials_version);
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
