#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/policy.hpp"
#include "tests/storage/event_store_contract.hpp"

namespace vigie::storage::testing {

/// A test's events have a category of their own, so that lists see no others.
template <typename World>
class EventListContract : public EventStoreContract<World> {
 protected:
  using Query = domain::EventQuery;

  Query query() const { return {.category = category_}; }

  /// `hours` after the start of 2030; titled by it, so that lists are easy to read.
  domain::Event event_at(int hours, domain::AccountId owner) {
    domain::Event event = this->new_event(owner);
    event.content.category = category_;
    event.content.title = "number " + std::to_string(hours);
    event.content.starts_at = this->kNow + std::chrono::hours(hours);
    event.content.ends_at = event.content.starts_at + std::chrono::hours(1);
    // Created in the opposite order.
    event.created_at = this->kNow - std::chrono::hours(hours);
    return event;
  }
  domain::Event store(const domain::Event& event) {
    VIGIE_EXPECT_OK(this->world.events().insert(this->context(), event));
    return event;
  }
  domain::EventPage page(const Query& wanted) {
    auto listed = this->world.events().list(this->context(), wanted);
    VIGIE_EXPECT_OK(listed);
    return listed ? *std::move(listed) : domain::EventPage{};
  }
  /// The titles of all pages, each shortened to its number.
  std::string all(Query wanted) {
    std::string numbers;
    for (int pages = 0; pages < 100; ++pages) {
      const domain::EventPage listed = page(wanted);
      for (const domain::Event& event : listed.items) {
        numbers += event.content.title.substr(7) + " ";
      }
      if (!listed.next) return numbers;
      wanted.after = listed.next;
    }
    return "does not end";
  }

 private:
  std::string category_ = this->unique("c");
};
TYPED_TEST_SUITE(EventListContract, Worlds);

TYPED_TEST(EventListContract, SortsByStartOrCreationEitherWay) {
  this->world.run([this] {
    const auto owner = this->stored_account();
    for (const int hours : {3, 1, 2}) this->store(this->event_at(hours, owner));
    auto query = this->query();
    EXPECT_EQ(this->all(query), "1 2 3 ");
    query.sort = domain::EventSort::kStartsAtDescending;
    EXPECT_EQ(this->all(query), "3 2 1 ");
    query.sort = domain::EventSort::kCreatedAt;
    EXPECT_EQ(this->all(query), "3 2 1 ");
    query.sort = domain::EventSort::kCreatedAtDescending;
    EXPECT_EQ(this->all(query), "1 2 3 ");
  });
}

TYPED_TEST(EventListContract, PagesThroughEverythingOnceEvenWithEqualKeys) {
  this->world.run([this] {
    const auto owner = this->stored_account();
    std::string expected;
    for (int i = 0; i < 7; ++i) {
      // Three events share each start; the id decides.
      domain::Event event = this->event_at(i / 3, owner);
      event.content.title = "number " + std::to_string(i);
      this->store(event);
      expected += std::to_string(i) + " ";
    }
    for (const std::int32_t limit : {1, 2, 3, 7, 8}) {
      auto query = this->query();
      query.limit = limit;
      EXPECT_EQ(this->all(query), expected) << "limit " << limit;
      query.sort = domain::EventSort::kStartsAtDescending;
      EXPECT_EQ(this->all(query), std::string(expected.rbegin() + 1, expected.rend()) + " ");
    }
  });
}

TYPED_TEST(EventListContract, NamesTheNextPageOnlyWhenThereIsOne) {
  this->world.run([this] {
    const auto owner = this->stored_account();
    const domain::Event first = this->store(this->event_at(1, owner));
    this->store(this->event_at(2, owner));
    auto query = this->query();
    query.limit = 2;
    EXPECT_FALSE(this->page(query).next.has_value());
    query.limit = 1;
    const domain::EventPosition expected{first.content.starts_at, first.id};
    EXPECT_EQ(this->page(query).next, expected);
  });
}

TYPED_TEST(EventListContract, NeitherRepeatsNorHidesRowsWhenOthersAreInserted) {
  this->world.run([this] {
    const auto owner = this->stored_account();
    for (const int hours : {10, 20, 30, 40}) this->store(this->event_at(hours, owner));
    auto query = this->query();
    query.limit = 2;
    const domain::EventPage first = this->page(query);
    this->store(this->event_at(5, owner));
    this->store(this->event_at(35, owner));
    query.after = first.next;
    EXPECT_EQ(this->all(query), "30 35 40 ");
  });
}

TYPED_TEST(EventListContract, FiltersByOwnerAndStatus) {
  this->world.run([this] {
    const auto ann = this->stored_account();
    const auto ben = this->stored_account();
    this->store(this->event_at(1, ann));
    domain::Event cancelled = this->event_at(2, ann);
    cancelled.status = domain::EventStatus::kCancelled;
    this->store(cancelled);
    this->store(this->event_at(3, ben));
    auto query = this->query();
    query.owner = ann;
    EXPECT_EQ(this->all(query), "1 2 ");
    query.status = domain::EventStatus::kCancelled;
    EXPECT_EQ(this->all(query), "2 ");
    query.owner.reset();
    query.status = domain::EventStatus::kPublished;
    EXPECT_EQ(this->all(query), "1 3 ");
  });
}

TYPED_TEST(EventListContract, WantsAllOfTheTags) {
  this->world.run([this] {
    const auto owner = this->stored_account();
    const std::vector<std::vector<std::string>> tags = {{"red"}, {"red", "blue"}, {"blue"}, {}};
    for (int i = 0; i < 4; ++i) {
      domain::Event event = this->event_at(i, owner);
      event.content.tags = tags[static_cast<std::size_t>(i)];
      this->store(event);
    }
    auto query = this->query();
    query.tags = {"red"};
    EXPECT_EQ(this->all(query), "0 1 ");
    query.tags = {"blue", "red"};
    EXPECT_EQ(this->all(query), "1 ");
  });
}

TYPED_TEST(EventListContract, StartsFromTheFirstInstantUpToTheLast) {
  this->world.run([this] {
    const auto owner = this->stored_account();
    for (const int hours : {1, 2, 3}) this->store(this->event_at(hours, owner));
    auto query = this->query();
    query.starts_after = this->kNow + std::chrono::hours(2);
    EXPECT_EQ(this->all(query), "2 3 ");
    query.starts_before = this->kNow + std::chrono::hours(3);
    EXPECT_EQ(this->all(query), "2 ");
    query.starts_after.reset();
    query.sort = domain::EventSort::kCreatedAtDescending;
    EXPECT_EQ(this->all(query), "1 2 ");
  });
}

TYPED_TEST(EventListContract, FindsEveryWordInTitleOrDescription) {
  this->world.run([this] {
    const auto owner = this->stored_account();
    domain::Event event = this->event_at(1, owner);
    event.content.description = "Concert of the philharmonic orchestra";
    this->store(event);
    this->store(this->event_at(2, owner));
    auto query = this->query();
    query.search = "ORCHESTRA concert";
    EXPECT_EQ(this->all(query), "1 ");
    query.search = "number";
    EXPECT_EQ(this->all(query), "1 2 ");
    query.search = "orchestra absent";
    EXPECT_EQ(this->all(query), "");
  });
}

TYPED_TEST(EventListContract, ShowsDraftsToTheirOwnerAndToAdministratorsOnly) {
  this->world.run([this] {
    const auto ann = this->stored_account();
    const auto ben = this->stored_account();
    this->store(this->event_at(0, ann));
    for (const auto& [hours, owner] : {std::pair(1, ann), std::pair(2, ben)}) {
      domain::Event draft = this->event_at(hours, owner);
      draft.status = domain::EventStatus::kDraft;
      this->store(draft);
    }
    using domain::Role;
    const auto seen_by = [&](const domain::Principal& viewer,
                             std::optional<domain::EventStatus> status,
                             std::optional<domain::AccountId> owner) {
      auto query = this->query();
      query.viewer = viewer;
      query.status = status;
      query.owner = owner;
      return this->all(query);
    };
    const domain::Principal anonymous;
    const domain::Principal as_ann{ann, Role::kOrganiser};
    const domain::Principal administrator{ben, Role::kAdministrator};
    const auto draft = domain::EventStatus::kDraft;

    EXPECT_EQ(seen_by(anonymous, {}, {}), "0 ");
    EXPECT_EQ(seen_by(as_ann, {}, {}), "0 1 ");
    EXPECT_EQ(seen_by(administrator, {}, {}), "0 1 2 ");

    EXPECT_EQ(seen_by(anonymous, draft, {}), "");
    EXPECT_EQ(seen_by(as_ann, draft, {}), "1 ");
    EXPECT_EQ(seen_by(administrator, draft, {}), "1 2 ");

    EXPECT_EQ(seen_by(anonymous, {}, ann), "0 ");
    EXPECT_EQ(seen_by(as_ann, {}, ann), "0 1 ");
    EXPECT_EQ(seen_by(as_ann, {}, ben), "");
    EXPECT_EQ(seen_by(as_ann, draft, ben), "");
    EXPECT_EQ(seen_by(as_ann, domain::EventStatus::kPublished, ann), "0 ");
    EXPECT_EQ(seen_by(administrator, draft, ann), "1 ");
  });
}

/// The rule is written twice more, in SQL and in the fake, because a list must be paged where it is
/// stored: what is listed is what may be seen, for everybody and under every filter.
TYPED_TEST(EventListContract, ListsWhatMayBeSeenAndNothingElse) {
  this->world.run([this] {
    using domain::EventStatus;
    const std::vector owners{this->stored_account(), this->stored_account()};
    const std::vector statuses{EventStatus::kDraft, EventStatus::kPublished,
                               EventStatus::kCancelled};
    std::vector<domain::Event> events;
    for (const auto& owner : owners) {
      for (const EventStatus status : statuses) {
        domain::Event event = this->event_at(static_cast<int>(events.size()), owner);
        event.status = status;
        events.push_back(this->store(event));
      }
    }
    std::vector<domain::Principal> viewers{{}};
    for (const auto& account : {owners[0], owners[1], this->stored_account()}) {
      for (const domain::Role role :
           {domain::Role::kUser, domain::Role::kOrganiser, domain::Role::kAdministrator}) {
        viewers.push_back({account, role});
      }
    }
    std::vector<std::optional<EventStatus>> status_filters{std::nullopt};
    status_filters.insert(status_filters.end(), statuses.begin(), statuses.end());
    std::vector<std::optional<domain::AccountId>> owner_filters{std::nullopt};
    owner_filters.insert(owner_filters.end(), owners.begin(), owners.end());
    const std::size_t combinations = viewers.size() * status_filters.size() * owner_filters.size();
    for (std::size_t i = 0; i < combinations; ++i) {
      auto query = this->query();
      query.viewer = viewers[i % viewers.size()];
      query.status = status_filters[i / viewers.size() % status_filters.size()];
      query.owner = owner_filters[i / viewers.size() / status_filters.size()];
      query.limit = 2;  // pages too
      std::string seen;
      for (const domain::Event& event : events) {
        const bool is_asked_for = (!query.status || event.status == *query.status) &&
                                  (!query.owner || event.owner_id == *query.owner);
        if (!is_asked_for || !domain::may_see(query.viewer, event)) continue;
        seen += event.content.title.substr(7) + " ";
      }
      EXPECT_EQ(this->all(query), seen) << "combination " << i;
    }
  });
}

}  // namespace vigie::storage::testing
