#pragma once

#include <memory>
#include <utility>
#include <variant>

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

template <typename World>
class IdempotencyStoreContract : public StoreContract<World> {
 protected:
  using Store = domain::IdempotencyStore;

  static constexpr std::chrono::hours kLifetime{24};
  static domain::Fingerprint fingerprint(std::uint8_t value) {
    domain::Fingerprint print;
    print.bytes.fill(value);
    return print;
  }
  static domain::StoredAnswer answer() {
    return {.status = 201,
            .headers = {{"Location", "/api/v1/events/1"}, {"X-Empty", ""}, {"A", "\"b\", {c}"}},
            .body = std::string("{\"a\":\"\\u00e9\"}\0binary", 21),
            .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"};
  }
  domain::Result<Store::Outcome> claim(const std::string& key, std::uint8_t print = 1,
                                       domain::Timestamp now = StoreContract<World>::kNow) {
    return this->world.idempotency().claim(this->context(), "scope", key, fingerprint(print), now);
  }
  /// The claim, which must have been given.
  std::unique_ptr<Store::Claim> claimed(const std::string& key,
                                        domain::Timestamp now = StoreContract<World>::kNow) {
    auto outcome = claim(key, 1, now);
    VIGIE_EXPECT_OK(outcome);
    if (!outcome || !std::holds_alternative<std::unique_ptr<Store::Claim>>(*outcome)) {
      ADD_FAILURE() << "the key could not be claimed";
      return nullptr;
    }
    return std::get<std::unique_ptr<Store::Claim>>(*std::move(outcome));
  }
  /// Stores an answer under the key.
  void answered(const std::string& key) {
    const auto held = claimed(key);
    ASSERT_NE(held, nullptr);
    VIGIE_EXPECT_OK(held->commit(answer(), this->kNow + kLifetime));
  }
  /// An account inserted in the claim's transaction.
  domain::Account insert_within(Store::Claim& held) {
    domain::Context inside = this->context();
    inside.unit_of_work = &held.unit_of_work();
    const domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(this->world.accounts().insert(inside, account));
    return account;
  }
  bool exists(domain::AccountId id) {
    const auto found = this->world.accounts().find(this->context(), id);
    VIGIE_EXPECT_OK(found);
    return found && found->has_value();
  }
};
TYPED_TEST_SUITE(IdempotencyStoreContract, Worlds);

TYPED_TEST(IdempotencyStoreContract, ReplaysTheStoredAnswerToTheByte) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    this->answered(key);
    const auto outcome = this->claim(key);
    ASSERT_TRUE(outcome.ok());
    ASSERT_TRUE(std::holds_alternative<domain::StoredAnswer>(*outcome));
    EXPECT_EQ(std::get<domain::StoredAnswer>(*outcome), this->answer());
  });
}

TYPED_TEST(IdempotencyStoreContract, FindsAnAnswerWithoutClaimingTheKey) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    const auto find = [&](std::uint8_t print, domain::Timestamp now) {
      return this->world.idempotency().find(this->context(), "scope", key, this->fingerprint(print),
                                            now);
    };
    VIGIE_EXPECT_OK(find(1, this->kNow));
    EXPECT_FALSE(find(1, this->kNow)->has_value());
    {
      const auto held = this->claimed(key);
      EXPECT_FALSE(find(1, this->kNow)->has_value());
    }
    this->answered(key);
    ASSERT_TRUE(find(1, this->kNow)->has_value());
    EXPECT_EQ(**find(1, this->kNow), this->answer());
    EXPECT_EQ(code_of(find(2, this->kNow)), "idempotency_key_reused");
    EXPECT_FALSE(find(1, this->kNow + this->kLifetime)->has_value());
  });
}

TYPED_TEST(IdempotencyStoreContract, RefusesTheKeyForAnotherCall) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    this->answered(key);
    EXPECT_EQ(code_of(this->claim(key, 2)), "idempotency_key_reused");
  });
}

TYPED_TEST(IdempotencyStoreContract, SaysThatACallIsInFlight) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    const auto held = this->claimed(key);
    EXPECT_EQ(code_of(this->claim(key)), "idempotency_key_in_flight");
  });
}

TYPED_TEST(IdempotencyStoreContract, KeepsTheKeysOfTwoScopesApart) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    this->answered(key);
    const auto other = this->world.idempotency().claim(this->context(), "other", key,
                                                       this->fingerprint(2), this->kNow);
    VIGIE_EXPECT_OK(other);
    EXPECT_EQ(other->index(), 0U);
  });
}

TYPED_TEST(IdempotencyStoreContract, CommitsTheEffectWithTheAnswer) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    auto held = this->claimed(key);
    const domain::Account account = this->insert_within(*held);
    VIGIE_EXPECT_OK(held->commit(this->answer(), this->kNow + this->kLifetime));
    held.reset();
    EXPECT_TRUE(this->exists(account.id));
  });
}

TYPED_TEST(IdempotencyStoreContract, ForgetsEffectAndKeyOfAClaimThatIsDropped) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    auto held = this->claimed(key);
    const domain::Account account = this->insert_within(*held);
    held.reset();
    EXPECT_FALSE(this->exists(account.id));
    EXPECT_NE(this->claimed(key), nullptr);
  });
}

TYPED_TEST(IdempotencyStoreContract, StoresTheAnswerWithoutTheEffectThatWasUndone) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    auto held = this->claimed(key);
    const domain::Account account = this->insert_within(*held);
    VIGIE_EXPECT_OK(held->unit_of_work().undo());
    VIGIE_EXPECT_OK(held->commit(this->answer(), this->kNow + this->kLifetime));
    held.reset();
    EXPECT_FALSE(this->exists(account.id));
    EXPECT_EQ((*this->claim(key)).index(), 1U);
  });
}

TYPED_TEST(IdempotencyStoreContract, StoresTheRefusalOfAStatementThatFailed) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    auto held = this->claimed(key);
    domain::Account account = this->new_account();
    VIGIE_EXPECT_OK(this->world.accounts().insert(this->context(), account));
    domain::Context inside = this->context();
    inside.unit_of_work = &held->unit_of_work();
    account.id = {this->new_id()};
    EXPECT_EQ(code_of(this->world.accounts().insert(inside, account)), "email_taken");
    VIGIE_EXPECT_OK(held->unit_of_work().undo());
    VIGIE_EXPECT_OK(held->commit(this->answer(), this->kNow + this->kLifetime));
    EXPECT_EQ((*this->claim(key)).index(), 1U);
  });
}

TYPED_TEST(IdempotencyStoreContract, TakesExpiredAnswersForAbsent) {
  this->world.run([this] {
    const std::string key = this->unique("k");
    this->answered(key);
    auto held = this->claimed(key, this->kNow + this->kLifetime);
    ASSERT_NE(held, nullptr);
    domain::StoredAnswer second = this->answer();
    second.status = 200;
    VIGIE_EXPECT_OK(held->commit(second, this->kNow + 2 * this->kLifetime));
    const auto outcome = this->claim(key, 1, this->kNow + this->kLifetime);
    ASSERT_TRUE(outcome.ok());
    EXPECT_EQ(std::get<domain::StoredAnswer>(*outcome).status, 200);
  });
}

TYPED_TEST(IdempotencyStoreContract, RemovesExpiredAnswersInPortions) {
  this->world.run([this] {
    auto& store = this->world.idempotency();
    const domain::Timestamp end = this->kNow + this->kLifetime;
    // Other tests' answers are in the same table.
    while (*store.remove_expired(this->context(), end + this->kLifetime, 100) > 0) {
    }
    for (int i = 0; i < 3; ++i) this->answered(this->unique("k"));
    EXPECT_EQ(*store.remove_expired(this->context(), end - std::chrono::seconds(1), 100), 0);
    EXPECT_EQ(*store.remove_expired(this->context(), end, 2), 2);
    EXPECT_EQ(*store.remove_expired(this->context(), end, 2), 1);
  });
}

TYPED_TEST(IdempotencyStoreContract, FailsOnceTheDeadlineHasPassed) {
  this->world.run([this] {
    EXPECT_EQ(code_of(this->world.idempotency().claim(this->expired(), "scope", this->unique("k"),
                                                      this->fingerprint(1), this->kNow)),
              "deadline_exceeded");
  });
}

}  // namespace vigie::storage::testing
