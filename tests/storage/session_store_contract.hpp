#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

template <typename World>
class SessionStoreContract : public StoreContract<World> {
 protected:
  using Outcome = domain::Rotation::Outcome;

  domain::TokenHash new_hash() {
    domain::TokenHash hash;
    const domain::Uuid id = this->new_id();
    std::copy(id.bytes.begin(), id.bytes.end(), hash.bytes.begin() + 7);
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
    EXPECT_EQ(rotation.family_id, token.family_id);
    EXPECT_EQ(rotation.account.id, token.account_id);
    EXPECT_EQ(rotation.account.display_name, this->new_account().display_name);
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
    EXPECT_EQ(reuse.account.id, token.account_id);
    EXPECT_EQ(this->rotate(second.hash, this->next()).outcome, TestFixture::Outcome::kUnknown);
  });
}

TYPED_TEST(SessionStoreContract, RepeatsARotationForAMoment) {
  this->world.run([this] {
    const domain::RefreshToken token = this->stored_token();
    const auto after = [this](std::chrono::seconds later) {
      domain::NewRefreshToken next = this->next();
      next.now = this->kNow + later;
      next.repeat_within = std::chrono::seconds(10);
      return next;
    };
    const auto first = after(std::chrono::seconds(0));
    const auto second = after(std::chrono::seconds(9));
    EXPECT_EQ(this->rotate(token.hash, first).outcome, TestFixture::Outcome::kRotated);
    const domain::Rotation repeated = this->rotate(token.hash, second);
    EXPECT_EQ(repeated.outcome, TestFixture::Outcome::kRepeated);
    EXPECT_EQ(repeated.family_id, token.family_id);
    EXPECT_EQ(repeated.account.id, token.account_id);
    // Both go on.
    EXPECT_EQ(this->rotate(first.hash, after(std::chrono::seconds(9))).outcome,
              TestFixture::Outcome::kRotated);
    EXPECT_EQ(this->rotate(second.hash, after(std::chrono::seconds(9))).outcome,
              TestFixture::Outcome::kRotated);
    EXPECT_EQ(this->rotate(token.hash, after(std::chrono::seconds(10))).outcome,
              TestFixture::Outcome::kReused);
    EXPECT_EQ(this->rotate(token.hash, after(std::chrono::seconds(10))).outcome,
              TestFixture::Outcome::kUnknown);
  });
}

TYPED_TEST(SessionStoreContract, RepeatsNothingOfARevokedFamily) {
  this->world.run([this] {
    const domain::RefreshToken token = this->stored_token();
    domain::NewRefreshToken next = this->next();
    next.repeat_within = std::chrono::seconds(10);
    EXPECT_EQ(this->rotate(token.hash, next).outcome, TestFixture::Outcome::kRotated);
    VIGIE_EXPECT_OK(this->world.sessions().revoke_family(this->context(), token.hash, this->kNow));
    next.hash = this->new_hash();
    EXPECT_EQ(this->rotate(token.hash, next).outcome, TestFixture::Outcome::kUnknown);
  });
}

TYPED_TEST(SessionStoreContract, BeginsNoSessionOfOtherCredentials) {
  this->world.run([this] {
    auto& accounts = this->world.accounts();
    const auto insert = [this](domain::AccountId account, std::int64_t version) {
      return code_of(this->world.sessions().insert(
          this->context(), {.family_id = {this->new_id()},
                            .account_id = account,
                            .hash = this->new_hash(),
                            .created_at = this->kNow,
                            .expires_at = this->kNow + std::chrono::hours(1),
                            .credentials_version = version}));
    };
    const domain::AccountId id = this->stored_account();
    EXPECT_EQ(insert(id, 0), "success");
    VIGIE_EXPECT_OK(accounts.set_password_hash(this->context(), id, "second"));
    EXPECT_EQ(insert(id, 0), "invalid_credentials");
    EXPECT_EQ(insert(id, 1), "success");
    EXPECT_TRUE(*accounts.disable(this->context(), id, this->kNow));
    EXPECT_EQ(insert(id, 2), "invalid_credentials");
    EXPECT_TRUE(*accounts.enable(this->context(), id));
    EXPECT_EQ(insert(id, 2), "success");
    VIGIE_EXPECT_OK(accounts.erase(this->context(), id, this->kNow));
    EXPECT_EQ(insert(id, 3), "invalid_credentials");
    EXPECT_EQ(insert({this->new_id()}, 0), "invalid_credentials");
  });
}

TYPED_TEST(SessionStoreContract, RevokesAllFamiliesButOne) {
  this->world.run([this] {
    const domain::RefreshToken kept = this->stored_token();
    const domain::RefreshToken foreign = this->stored_token();
    domain::RefreshToken other = kept;
    other.family_id = {this->new_id()};
    other.hash = this->new_hash();
    auto& store = this->world.sessions();
    VIGIE_EXPECT_OK(store.insert(this->context(), other));
    VIGIE_EXPECT_OK(store.revoke_all(this->context(), kept.account_id, this->kNow, kept.family_id));
    EXPECT_EQ(this->rotate(other.hash, this->next()).outcome, TestFixture::Outcome::kUnknown);
    const auto next = this->next();
    EXPECT_EQ(this->rotate(kept.hash, next).outcome, TestFixture::Outcome::kRotated);
    VIGIE_EXPECT_OK(store.revoke_all(this->context(), kept.account_id, this->kNow, std::nullopt));
    EXPECT_EQ(this->rotate(next.hash, this->next()).outcome, TestFixture::Outcome::kUnknown);
    EXPECT_EQ(this->rotate(foreign.hash, this->next()).outcome, TestFixture::Outcome::kRotated);
  });
}

TYPED_TEST(SessionStoreContract, TellsWhichSessionsHaveEndedInPortions) {
  this->world.run([this] {
    auto& store = this->world.sessions();
    // A time that no other test has: theirs are in the same table.
    const domain::Timestamp begin = this->kNow + std::chrono::hours(20'000);
    std::vector<domain::SessionId> ended;
    for (int i = 0; i < 5; ++i) {
      const domain::RefreshToken token = this->stored_token();
      // Two at a time end at once.
      const auto at = begin + std::chrono::seconds(i / 2);
      VIGIE_EXPECT_OK(store.revoke_family(this->context(), token.hash, at));
      ended.push_back(token.family_id);
    }
    std::vector<domain::SessionId> told;
    domain::EndedSession last{.id = {}, .ended_at = begin};
    for (std::size_t found = 2; found == 2;) {
      const auto portion = store.ended_after(this->context(), last, 2);
      ASSERT_TRUE(portion.ok());
      found = portion->size();
      for (const auto& session : *portion) told.push_back(session.id);
      if (found > 0) last = portion->back();
    }
    std::ranges::sort(told);
    std::ranges::sort(ended);
    EXPECT_EQ(told, ended);
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

TYPED_TEST(SessionStoreContract, TakesPartInAUnitOfWork) {
  this->world.run([this] {
    auto& store = this->world.sessions();
    const domain::RefreshToken token = this->stored_token();
    domain::RefreshToken undone = token;
    undone.family_id = {this->new_id()};
    undone.hash = this->new_hash();
    {
      auto unit = this->world.units().begin(this->context(), domain::UnitPace::kQuick);
      domain::Context joined = this->context();
      joined.unit_of_work = unit->get();
      VIGIE_EXPECT_OK(store.insert(joined, undone));
      VIGIE_EXPECT_OK(store.rotate(joined, token.hash, this->next()));
      VIGIE_EXPECT_OK(store.revoke_family(joined, token.hash, this->kNow));
      VIGIE_EXPECT_OK(store.revoke_all(joined, token.account_id, this->kNow, std::nullopt));
    }
    EXPECT_EQ(this->rotate(undone.hash, this->next()).outcome, TestFixture::Outcome::kUnknown);
    EXPECT_EQ(this->rotate(token.hash, this->next()).outcome, TestFixture::Outcome::kRotated);
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
