#pragma once

#include <utility>
#include <vector>

#include "tests/storage/worlds.hpp"

namespace vigie::storage::testing {

template <typename World>
class EventStoreContract : public StoreContract<World> {
 protected:
  domain::Event new_event(domain::AccountId owner) {
    return {.id = {this->new_id()},
            .owner_id = owner,
            .status = domain::EventStatus::kPublished,
            .content = {.title = "Été à l'atelier",
                        .description = "Bring \"tools\", and 50 % more.",
                        .category = "workshop",
                        .tags = {"wood", "a,b{}", "\"quoted\""},
                        .venue = domain::Venue{.name = "Hall",
                                               .address = "1 Quay",
                                               .latitude = -48.85661,
                                               .longitude = 2.3522219},
                        .starts_at = this->kNow + std::chrono::hours(24),
                        .ends_at = this->kNow + std::chrono::hours(26),
                        .time_zone = "Europe/Paris",
                        .capacity = 1'000'000,
                        .price = {.amount_minor = 100'000'000'000, .currency = "EUR"}},
            .version = 1,
            .created_at = this->kNow + std::chrono::microseconds(7),
            .updated_at = this->kNow + std::chrono::microseconds(8)};
  }
  domain::Event stored_event() {
    const domain::Event event = new_event(this->stored_account());
    VIGIE_EXPECT_OK(this->world.events().insert(this->context(), event));
    return event;
  }
  std::optional<domain::Event> find(domain::EventId id) {
    const auto found = this->world.events().find(this->context(), id);
    VIGIE_EXPECT_OK(found);
    return found ? *found : std::nullopt;
  }
};
TYPED_TEST_SUITE(EventStoreContract, Worlds);

TYPED_TEST(EventStoreContract, FindsWhatWasInserted) {
  this->world.run([this] {
    const domain::Event event = this->stored_event();
    EXPECT_EQ(this->find(event.id), event);
    EXPECT_EQ(this->find({this->new_id()}), std::nullopt);
  });
}

TYPED_TEST(EventStoreContract, RemovesTheDraftsOfAnOwnerInPortions) {
  this->world.run([this] {
    auto& store = this->world.events();
    const domain::Event published = this->stored_event();
    domain::Event foreign = this->new_event(this->stored_account());
    foreign.status = domain::EventStatus::kDraft;
    VIGIE_EXPECT_OK(store.insert(this->context(), foreign));
    std::vector<domain::Event> drafts(3, this->new_event(published.owner_id));
    for (domain::Event& draft : drafts) {
      draft.id = {this->new_id()};
      draft.status = domain::EventStatus::kDraft;
      VIGIE_EXPECT_OK(store.insert(this->context(), draft));
    }
    EXPECT_EQ(*store.remove_drafts(this->context(), published.owner_id, 2), 2);
    EXPECT_EQ(*store.remove_drafts(this->context(), published.owner_id, 2), 1);
    EXPECT_EQ(*store.remove_drafts(this->context(), published.owner_id, 2), 0);
    for (const domain::Event& draft : drafts) EXPECT_EQ(this->find(draft.id), std::nullopt);
    EXPECT_NE(this->find(published.id), std::nullopt);
    EXPECT_NE(this->find(foreign.id), std::nullopt);
  });
}

TYPED_TEST(EventStoreContract, StoresTheLeastThatAnEventCanBe) {
  this->world.run([this] {
    domain::Event event = this->new_event(this->stored_account());
    event.content.tags.clear();
    event.content.venue.reset();
    event.content.description.clear();
    event.content.price.amount_minor = 0;
    VIGIE_EXPECT_OK(this->world.events().insert(this->context(), event));
    EXPECT_EQ(this->find(event.id), event);
  });
}

TYPED_TEST(EventStoreContract, ReplacesAnEventOfTheVersionBefore) {
  this->world.run([this] {
    domain::Event event = this->stored_event();
    event.version = 2;
    event.status = domain::EventStatus::kCancelled;
    event.updated_at += std::chrono::seconds(1);
    event.content.title = "Hiver";
    event.content.venue.reset();
    event.content.tags = {};
    event.content.ends_at += std::chrono::hours(1);
    VIGIE_EXPECT_OK(this->world.events().update(this->context(), event));
    EXPECT_EQ(this->find(event.id), event);
  });
}

TYPED_TEST(EventStoreContract, RefusesToReplaceAnotherVersion) {
  this->world.run([this] {
    const domain::Event event = this->stored_event();
    domain::Event late = event;
    late.version = 3;
    late.content.title = "Too late";
    EXPECT_EQ(code_of(this->world.events().update(this->context(), late)), "version_mismatch");
    EXPECT_EQ(this->find(event.id), event);
    late.id = {this->new_id()};
    EXPECT_EQ(code_of(this->world.events().update(this->context(), late)), "not_found");
  });
}

TYPED_TEST(EventStoreContract, RemovesAnEventOfTheVersionNamed) {
  this->world.run([this] {
    const domain::Event event = this->stored_event();
    auto& events = this->world.events();
    EXPECT_EQ(code_of(events.remove(this->context(), event.id, 2)), "version_mismatch");
    VIGIE_EXPECT_OK(events.remove(this->context(), event.id, 1));
    EXPECT_EQ(this->find(event.id), std::nullopt);
    EXPECT_EQ(code_of(events.remove(this->context(), event.id, 1)), "not_found");
  });
}

TYPED_TEST(EventStoreContract, FailsOnceTheDeadlineHasPassed) {
  this->world.run([this] {
    auto& events = this->world.events();
    EXPECT_EQ(code_of(events.find(this->expired(), {this->new_id()})), "deadline_exceeded");
    EXPECT_EQ(code_of(events.list(this->expired(), {})), "deadline_exceeded");
  });
}

}  // namespace vigie::storage::testing
