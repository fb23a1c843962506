#pragma once

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

template <typename World>
class SessionStoreContract : public StoreContract<World> {
 protected:
  using Outcome = domain::Rotation::Outcome;

  domain::TokenHash new_hash() {
    domain::TokenHash hash{};
    const domain::Uuid id = this->new_id();
    std::copy(id.bytes.begin(), id.bytes.end(), hash.begin() + 7);
    return hash;
  }
  domain::RefreshToken stored_token(std::chrono::hours lifetime = std::chrono::hours(1)) {
    const domain::RefreshToken token{.family_id = {this->new_id()},
                                     .account_id = this->stored_account(),
                                     .hash = new_hash(),
                                     .created_at = this->kNow,
                                     .expires_at = this->kNow + lifetime};
    VIGIE_EXPECT_OK(this->world.sessions().insert(this->context(), token));
    return token;
  }
  domain::NewRefreshToken next(std::chrono::minutes later = std::chrono::minutes(1)) {
    const domain::Timestamp now = this->kNow + later;
    return {.hash = new_hash(), .now = now, .expires_at = now + std::chrono::hours(1)};
  }
  domain::Rotation rotate(const domain::TokenHash& presented, const domain::NewRefreshToken& with) {
    const auto rotation = this->world.sessions().rotate(this->context(), presented, with);
    VIGIE_EXPECT_OK(rotation);
    return rotation ? *rotation : domain::Rotation{};
  }
};
TYPED_TEST_SUITE(SessionStoreContract, Worlds);

TYPED_TEST(SessionStoreContract, RotatesATokenIntoTheNext) {
  this->world.run([this] {
    const domain::RefreshToken token = this->stored_token();
    const domain::NewRefreshToken second = this->next();
    const domain::Rotation rotation = this->rotate(token.hash, second);
    EXPECT_EQ(rotation.outcome, TestFixture::Outcome::kRotated);
    EXPECT_EQ(rotation.account_id, token.account_id);
    EXPECT_EQ(this->rotate(second.hash, this->next()).outcome, TestFixture::Outcome::kRotated);
  });
}

TYPED_TEST(SessionStoreContract, RevokesTheFamilyWhenATokenIsPresentedAgain) {
  this->world.run([this] {
    const domain::RefreshToken token = this->stored_token();
    const domain::NewRefreshToken second = this->next();
    EXPECT_EQ(this->rotate(token.hash, second).outcome, TestFixture::Outcome::kRotated);
    const domain::Rotation reuse = this->rotate(token.hash, this->next());
    EXPECT_EQ(reuse.outcome, TestFixture::Outcome::kReused);
    EXPECT_EQ(reuse.account_id, token.account_id);
    EXPECT_EQ(this->rotate(second.hash, this->next()).outcome, TestFixture::Outcome::kUnknown);
  });
}

TYPED_TEST(SessionStoreContract, KnowsNeitherForeignNorExpiredTokens) {
  this->world.run([this] {
    EXPECT_EQ(this->rotate(this->new_hash(), this->next()).outcome, TestFixture::Outcome::kUnknown);
    const domain::RefreshToken token = this->stored_token(std::chrono::hours(1));
    // At the very end of its life it is over.
    EXPECT_EQ(this->rotate(token.hash, this->next(std::chrono::minutes(60))).outcome,
              TestFixture::Outcome::kUnknown);
  });
}

TYPED_TEST(SessionStoreContract, KnowsNoTokenOfARevokedFamily) {
  this->world.run([this] {
    const domain::RefreshToken token = this->stored_token();
    const domain::RefreshToken other = this->stored_token();
    VIGIE_EXPECT_OK(this->world.sessions().revoke_family(this->context(), token.hash, this->kNow));
    EXPECT_EQ(this->rotate(token.hash, this->next()).outcome, TestFixture::Outcome::kUnknown);
    EXPECT_EQ(this->rotate(other.hash, this->next()).outcome, TestFixture::Outcome::kRotated);
  });
}

TYPED_TEST(SessionStoreContract, IgnoresTheRevocationOfAnUnknownToken) {
  this->world.run([this] {
    VIGIE_EXPECT_OK(
        this->world.sessions().revoke_family(this->context(), this->new_hash(), this->kNow));
  });
}

TYPED_TEST(SessionStoreContract, RemovesExpiredTokensInPortions) {
  this->world.run([this] {
    auto& store = this->world.sessions();
    // Other tests' tokens are in the same table.
    const domain::Timestamp later = this->kNow + std::chrono::hours(100);
    while (*store.remove_expired(this->context(), later, 100) > 0) {
    }
    for (int i = 0; i < 3; ++i) this->stored_token(std::chrono::hours(1));
    const domain::RefreshToken kept = this->stored_token(std::chrono::hours(2));
    const domain::Timestamp end = this->kNow + std::chrono::hours(1);
    EXPECT_EQ(*store.remove_expired(this->context(), end - std::chrono::seconds(1), 100), 0);
    EXPECT_EQ(*store.remove_expired(this->context(), end, 2), 2);
    EXPECT_EQ(*store.remove_expired(this->context(), end, 2), 1);
    EXPECT_EQ(this->rotate(kept.hash, this->next()).outcome, TestFixture::Outcome::kRotated);
  });
}

TYPED_TEST(SessionStoreContract, NoticesReuseWhenAnOlderTokenOfTheFamilyWasRemoved) {
  this->world.run([this] {
    const domain::RefreshToken first = this->stored_token(std::chrono::hours(1));
    const domain::NewRefreshToken second = this->next(std::chrono::minutes(30));
    const domain::NewRefreshToken third = this->next(std::chrono::minutes(40));
    EXPECT_EQ(this->rotate(first.hash, second).outcome, TestFixture::Outcome::kRotated);
    EXPECT_EQ(this->rotate(second.hash, third).outcome, TestFixture::Outcome::kRotated);
    VIGIE_EXPECT_OK(this->world.sessions().remove_expired(
        this->context(), this->kNow + std::chrono::minutes(61), 1000));
    EXPECT_EQ(this->rotate(second.hash, this->next(std::chrono::minutes(62))).outcome,
              TestFixture::Outcome::kReused);
    EXPECT_EQ(this->rotate(third.hash, this->next(std::chrono::minutes(63))).outcome,
              TestFixture::Outcome::kUnknown);
  });
}

TYPED_TEST(SessionStoreContract, FailsOnceTheDeadlineHasPassed) {
  this->world.run([this] {
    EXPECT_EQ(
        code_of(this->world.sessions().rotate(this->expired(), this->new_hash(), this->next())),
        "deadline_exceeded");
  });
}

}  // namespace vigie::storage::testing
