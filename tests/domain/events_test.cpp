#include "server/domain/events.hpp"

#include <gtest/gtest.h>

#include "tests/domain/samples.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_event_store.hpp"
#include "tests/fakes/recording_observer.hpp"

namespace vigie::domain {
namespace {

/// A store whose events change between the reading and the writing of a use-case.
class BusyEventStore : public fakes::FakeEventStore {
 public:
  Result<void> update(const Context& context, const Event& event) override {
    if (changes_meanwhile_ > 0) {
      --changes_meanwhile_;
      Event newer = **find(context, event.id);
      newer.version += 1;
      EXPECT_TRUE(FakeEventStore::update(context, newer).ok());
    }
    return FakeEventStore::update(context, event);
  }
  void change_meanwhile(int times) { changes_meanwhile_ = times; }

 private:
  int changes_meanwhile_ = 0;
};

class EventsTest : public samples::UseCaseTest {
 protected:
  Event created() { return *events_.create(owner_, samples::draft()); }
  Event published() { return *events_.publish(owner_, created().id); }

  BusyEventStore store_;
  fakes::FakeClock clock_;
  fakes::FakeIdSource ids_;
  fakes::RecordingObserver observer_;
  Events events_{store_, clock_, ids_, observer_, samples::time_zones()};
  Context owner_ = as(samples::organiser(101));
  Context other_ = as(samples::organiser(102));
  Context anonymous_ = as(samples::anonymous());
};

TEST_F(EventsTest, CreateMakesADraftOfTheCaller) {
  const Event event = created();
  EXPECT_EQ(event.owner_id, *owner_.principal.account_id);
  EXPECT_EQ(event.status, EventStatus::kDraft);
  EXPECT_EQ(event.version, 1);
  EXPECT_EQ(event.created_at, clock_.now());
  EXPECT_EQ(event.updated_at, clock_.now());
  EXPECT_EQ(event.content, samples::draft());
  EXPECT_EQ(*events_.find(owner_, event.id), event);
  ASSERT_EQ(observer_.changes().size(), 1U);
  EXPECT_EQ(observer_.changes()[0].change, EventChange::kCreated);
}

TEST_F(EventsTest, CreateRefusesFaultsWithoutStoringOrTelling) {
  const auto refused = events_.create(owner_, EventDraft{});
  EXPECT_EQ(code_of(refused), Code::kValidationFailed);
  EXPECT_EQ(refused.error().faults.front().pointer, "/title");
  EXPECT_EQ(store_.size(), 0U);
  EXPECT_TRUE(observer_.changes().empty());
}

TEST_F(EventsTest, CreateAsksThePolicyFirst) {
  EXPECT_EQ(code_of(events_.create(anonymous_, EventDraft{})), Code::kNotAuthenticated);
  EXPECT_EQ(code_of(events_.create(as(samples::caller(103, Role::kUser)), EventDraft{})),
            Code::kForbidden);
}

TEST_F(EventsTest, ADraftOfAnotherLooksLikeNoEvent) {
  const EventId draft = created().id;
  const EventId absent = samples::event_id(999);
  for (const EventId id : {draft, absent}) {
    EXPECT_EQ(code_of(events_.find(other_, id)), Code::kNotFound);
    EXPECT_EQ(code_of(events_.update(other_, id, 1, {})), Code::kNotFound);
    EXPECT_EQ(code_of(events_.remove(other_, id, 1)), Code::kNotFound);
    EXPECT_EQ(code_of(events_.publish(other_, id)), Code::kNotFound);
    EXPECT_EQ(code_of(events_.find(anonymous_, id)), Code::kNotFound);
    EXPECT_EQ(code_of(events_.cancel(anonymous_, id)), Code::kNotAuthenticated);
  }
  const Context administrator = as(samples::caller(104, Role::kAdministrator));
  EXPECT_EQ(code_of(events_.remove(administrator, absent, 1)), Code::kNotFound);
}

TEST_F(EventsTest, UpdateMergesAndCountsTheVersion) {
  const Event before = created();
  clock_.advance(std::chrono::minutes{1});
  EventPatch patch;
  patch.capacity = 20;
  const auto after = events_.update(owner_, before.id, 1, patch);
  ASSERT_TRUE(after);
  EXPECT_EQ(after->content.capacity, 20);
  EXPECT_EQ(after->version, 2);
  EXPECT_EQ(after->created_at, before.created_at);
  EXPECT_EQ(after->updated_at, clock_.now());
  EXPECT_EQ(*events_.find(owner_, before.id), *after);
  EXPECT_EQ(observer_.changes().back().change, EventChange::kUpdated);
}

TEST_F(EventsTest, UpdateOfNothingIsNoChange) {
  const Event before = created();
  EventPatch patch;
  patch.title = before.content.title;
  EXPECT_EQ(*events_.update(owner_, before.id, 1, patch), before);
  EXPECT_EQ(observer_.changes().size(), 1U);
}

TEST_F(EventsTest, UpdateRefusesAnOldVersionAndFaults) {
  const EventId id = created().id;
  EventPatch patch;
  patch.title = "";
  EXPECT_EQ(code_of(events_.update(owner_, id, 2, patch)), Code::kVersionMismatch);
  EXPECT_EQ(code_of(events_.update(owner_, id, 1, patch)), Code::kValidationFailed);
  patch.title = "New";
  store_.change_meanwhile(1);
  EXPECT_EQ(code_of(events_.update(owner_, id, 1, patch)), Code::kVersionMismatch);
}

TEST_F(EventsTest, OthersMaySeeButNotChangeAPublishedEvent) {
  const EventId id = published().id;
  EXPECT_TRUE(events_.find(anonymous_, id));
  EXPECT_EQ(code_of(events_.update(other_, id, 2, {})), Code::kForbidden);
  EXPECT_EQ(code_of(events_.remove(other_, id, 2)), Code::kForbidden);
  EXPECT_EQ(code_of(events_.update(anonymous_, id, 2, {})), Code::kNotAuthenticated);
}

TEST_F(EventsTest, StatusGoesOneWay) {
  const Event event = published();
  EXPECT_EQ(event.status, EventStatus::kPublished);
  EXPECT_EQ(event.version, 2);
  EXPECT_EQ(code_of(events_.publish(owner_, event.id)), Code::kStatusChangeNotAllowed);
  const auto cancelled = events_.cancel(owner_, event.id, 2);
  ASSERT_TRUE(cancelled);
  EXPECT_EQ(cancelled->status, EventStatus::kCancelled);
  EXPECT_EQ(code_of(events_.cancel(owner_, event.id)), Code::kStatusChangeNotAllowed);
  EXPECT_EQ(code_of(events_.publish(owner_, event.id)), Code::kStatusChangeNotAllowed);
  EXPECT_EQ(code_of(events_.update(owner_, event.id, 3, {})), Code::kStatusChangeNotAllowed);
}

TEST_F(EventsTest, ADraftIsNotCancelledForThatWouldShowItToEverybody) {
  EXPECT_EQ(code_of(events_.cancel(owner_, created().id)), Code::kStatusChangeNotAllowed);
}

TEST_F(EventsTest, APastEventMayBePublished) {
  clock_.set(samples::instant("2031-01-01T00:00:00Z"));
  EXPECT_EQ(events_.publish(owner_, created().id)->status, EventStatus::kPublished);
}

TEST_F(EventsTest, StatusChangesHoldToTheVersionThatIsNamed) {
  const EventId id = created().id;
  EXPECT_EQ(code_of(events_.publish(owner_, id, 2)), Code::kVersionMismatch);
  EXPECT_EQ(code_of(events_.cancel(owner_, id, 2)), Code::kVersionMismatch);
  store_.change_meanwhile(1);
  EXPECT_EQ(code_of(events_.publish(owner_, id, 1)), Code::kVersionMismatch);
}

TEST_F(EventsTest, StatusChangesWithoutAVersionAreTriedAgain) {
  const EventId id = created().id;
  store_.change_meanwhile(2);
  EXPECT_EQ(events_.publish(owner_, id)->version, 4);
  store_.change_meanwhile(3);
  EXPECT_EQ(code_of(events_.cancel(owner_, id)), Code::kVersionMismatch);
}

TEST_F(EventsTest, RemoveTakesTheEventAway) {
  const EventId id = created().id;
  EXPECT_EQ(code_of(events_.remove(owner_, id, 2)), Code::kVersionMismatch);
  EXPECT_TRUE(events_.remove(owner_, id, 1));
  EXPECT_EQ(code_of(events_.find(owner_, id)), Code::kNotFound);
  EXPECT_EQ(observer_.changes().back().change, EventChange::kDeleted);
}

TEST_F(EventsTest, ListShowsDraftsToOwnerAndAdministratorOnly) {
  created();
  published();
  EventQuery query;
  query.viewer = owner_.principal;  // what a client says of itself does not count
  EXPECT_EQ(events_.list(anonymous_, query)->items.size(), 1U);
  EXPECT_EQ(events_.list(other_, query)->items.size(), 1U);
  EXPECT_EQ(events_.list(owner_, {})->items.size(), 2U);
  const Context administrator = as(samples::caller(104, Role::kAdministrator));
  EXPECT_EQ(events_.list(administrator, {})->items.size(), 2U);
}

TEST_F(EventsTest, ListRefusesAQueryBeyondItsLimits) {
  EventQuery query;
  query.limit = 0;
  EXPECT_EQ(code_of(events_.list(owner_, query)), Code::kValidationFailed);
}

TEST_F(EventsTest, HandOnWhatTheStoreSays) {
  const EventId id = created().id;
  store_.fail_with({.code = Code::kUnavailable});
  EXPECT_EQ(code_of(events_.create(owner_, samples::draft())), Code::kUnavailable);
  EXPECT_EQ(code_of(events_.find(owner_, id)), Code::kUnavailable);
  EXPECT_EQ(code_of(events_.list(owner_, {})), Code::kUnavailable);
  EXPECT_EQ(code_of(events_.publish(owner_, id)), Code::kUnavailable);
  EXPECT_EQ(code_of(events_.remove(owner_, id, 1)), Code::kUnavailable);
}

}  // namespace
}  // namespace vigie::domain
