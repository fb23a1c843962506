#include "server/http/event_cursor.hpp"

#include <gtest/gtest.h>

#include "tests/fakes/fake_id_source.hpp"
#include "tests/fakes/fake_secrets.hpp"

namespace vigie::http {
namespace {

using domain::EventQuery;

class EventCursorTest : public testing::Test {
 protected:
  fakes::FakeMessageAuthenticator authenticator;
  EventCursor cursor{authenticator};
  domain::EventPosition position{domain::Timestamp(std::chrono::microseconds(-5)),
                                 {fakes::FakeIdSource::nth(7)}};
  EventQuery query;

  bool is_refused(const std::string& text, const EventQuery& with) {
    const auto decoded = cursor.decode(text, with);
    return !decoded && decoded.error().code == domain::Code::kInvalidCursor;
  }
};

TEST_F(EventCursorTest, ReadsBackWhatItWrote) {
  query.category = "music";
  const auto decoded = cursor.decode(cursor.encode(position, query), query);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(*decoded, position);
}

TEST_F(EventCursorTest, IsGoodForAnotherLimit) {
  const std::string text = cursor.encode(position, query);
  query.limit = 100;
  EXPECT_TRUE(cursor.decode(text, query));
}

TEST_F(EventCursorTest, RefusesEveryChangedCharacter) {
  const std::string text = cursor.encode(position, query);
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_TRUE(is_refused(changed, query)) << i;
    EXPECT_TRUE(is_refused(text.substr(0, i), query)) << i;
  }
  EXPECT_TRUE(is_refused(text + "A", query));
  EXPECT_TRUE(is_refused("not a cursor", query));
}

TEST_F(EventCursorTest, RefusesOtherFilters) {
  const std::string text = cursor.encode(position, query);
  using Change = void (*)(EventQuery&);
  const std::vector<Change> changes = {
      [](EventQuery& q) { q.owner = domain::AccountId{fakes::FakeIdSource::nth(1)}; },
      [](EventQuery& q) { q.status = domain::EventStatus::kDraft; },
      [](EventQuery& q) { q.category = "music"; },
      [](EventQuery& q) { q.tags = {"a"}; },
      [](EventQuery& q) { q.starts_after = domain::Timestamp{}; },
      [](EventQuery& q) { q.starts_before = domain::Timestamp{}; },
      [](EventQuery& q) { q.search = "quartet"; },
      [](EventQuery& q) { q.sort = domain::EventSort::kStartsAtDescending; },
  };
  for (const Change change : changes) {
    EventQuery other = query;
    change(other);
    EXPECT_TRUE(is_refused(text, other));
  }
}

TEST_F(EventCursorTest, TellsListsOfTagsApart) {
  query.tags = {"a", "b"};
  const std::string text = cursor.encode(position, query);
  query.tags = {"ab"};
  EXPECT_TRUE(is_refused(text, query));
}

}  // namespace
}  // namespace vigie::http
