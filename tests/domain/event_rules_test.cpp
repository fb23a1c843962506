#include "server/domain/event_rules.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "server/domain/currency.hpp"
#include "server/domain/event_patch.hpp"
#include "server/domain/text.hpp"
#include "tests/domain/samples.hpp"

namespace vigie::domain {
namespace {

using Pointers = std::vector<std::string>;

/// The faults of the sample event after `change`.
Pointers faults_after(const std::function<void(EventDraft&)>& change) {
  EventDraft draft = samples::draft();
  change(draft);
  return samples::pointers(faults_of(draft, samples::time_zones()));
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(EventRules, AcceptTheSample) {
  EXPECT_EQ(faults_after([](EventDraft&) {}), Pointers{});
}

TEST(EventRules, NameAllFaultsAtOnce) {
  EXPECT_EQ(
      faults_after([](EventDraft& draft) {
        draft = {.title = "", .venue = Venue{"", "", 91, 181}, .price = {-1, "XXX"}};
      }),
      (Pointers{"/title", "/category", "/venue/name", "/venue/latitude", "/venue/longitude",
                "/ends_at", "/time_zone", "/capacity", "/price/amount_minor", "/price/currency"}));
}

TEST(EventRules, CountCharactersRatherThanBytes) {
  EXPECT_EQ(faults_after([](EventDraft& d) { d.title = repeated("é", 200); }), Pointers{});
  EXPECT_EQ(faults_after([](EventDraft& d) { d.title = repeated("🎷", 201); }), Pointers{"/title"});
}

TEST(EventRules, RefuseTextThatIsNotUtf8OrNotOneLine) {
  for (const std::string text :
       {"a\xff", "a\xc0\xaf", "a\xed\xa0\x80", "a\xf4\x90\x80\x80", "a\xe2\x82", "a\nb", "a\tb",
        "a\x01", "a\x7f", "a\xc2\x85", "a\xe2\x80\xa8", "   "}) {
    EXPECT_EQ(faults_after([&](EventDraft& d) { d.title = text; }), Pointers{"/title"}) << text;
  }
  EXPECT_EQ(faults_after([](EventDraft& d) { d.title = std::string("a\0b", 3); }),
            Pointers{"/title"});
}

TEST(EventRules, AllowLinesInTheDescriptionButNoControls) {
  EXPECT_EQ(faults_after([](EventDraft& d) { d.description = "a\r\n\tb"; }), Pointers{});
  EXPECT_EQ(faults_after([](EventDraft& d) { d.description = ""; }), Pointers{});
  EXPECT_EQ(faults_after([](EventDraft& d) { d.description = "a\x1b[31m"; }),
            Pointers{"/description"});
}

TEST(EventRules, AskForASlugAsCategory) {
  for (const std::string text : {"music", "open-air", "2030", "a"}) {
    EXPECT_EQ(faults_after([&](EventDraft& d) { d.category = text; }), Pointers{}) << text;
  }
  for (const std::string text : {"", "Music", "open air", "-a", "a-", "a--b", "café", "a_b"}) {
    EXPECT_EQ(faults_after([&](EventDraft& d) { d.category = text; }), Pointers{"/category"})
        << text;
  }
}

TEST(EventRules, AskForFewTagsThatDiffer) {
  EXPECT_EQ(faults_after([](EventDraft& d) {
              d.tags = {"a", "b", "a", ""};
            }),
            (Pointers{"/tags/2", "/tags/3"}));
  EXPECT_EQ(faults_after([](EventDraft& d) { d.tags.assign(21, "same"); }), Pointers{"/tags"});
}

TEST(EventRules, AskForAnEndAfterTheStart) {
  EXPECT_EQ(faults_after([](EventDraft& d) { d.ends_at = d.starts_at; }), Pointers{"/ends_at"});
}

TEST(EventRules, KnowTheEndsOfEachRange) {
  EXPECT_EQ(faults_after([](EventDraft& d) { d.capacity = 1; }), Pointers{});
  EXPECT_EQ(faults_after([](EventDraft& d) { d.capacity = 1'000'000; }), Pointers{});
  EXPECT_EQ(faults_after([](EventDraft& d) { d.capacity = 0; }), Pointers{"/capacity"});
  EXPECT_EQ(faults_after([](EventDraft& d) { d.capacity = 1'000'001; }), Pointers{"/capacity"});
  EXPECT_EQ(faults_after([](EventDraft& d) { d.price.amount_minor = 0; }), Pointers{});
  EXPECT_EQ(faults_after([](EventDraft& d) { d.venue->latitude = -90; }), Pointers{});
  EXPECT_EQ(faults_after([](EventDraft& d) {
              d.venue->longitude = std::numeric_limits<double>::quiet_NaN();
            }),
            Pointers{"/venue/longitude"});
}

TEST(EventRules, KnowCurrentCurrenciesOnly) {
  for (const auto* code : {"EUR", "USD", "JPY", "XOF", "AED", "ZWG"}) {
    EXPECT_TRUE(is_currency(code)) << code;
  }
  for (const auto* code : {"", "eur", "EU", "EURO", "DEM", "XAU", "XXX", "BTC"}) {
    EXPECT_FALSE(is_currency(code)) << code;
  }
}

TEST(EventRules, RefuseAQueryByParameter) {
  EventQuery query;
  query.category = "No Slug";
  query.tags = {""};
  query.starts_after = samples::instant("2030-01-02T00:00:00Z");
  query.starts_before = samples::instant("2030-01-01T00:00:00Z");
  query.search = repeated("a", 201);
  query.limit = 101;
  EXPECT_EQ(samples::pointers(faults_of(query)),
            (Pointers{"?category", "?tag", "?starts_before", "?q", "?limit"}));
  EXPECT_TRUE(faults_of(EventQuery{}).empty());
}

TEST(TimeZoneSet, ReadsZonesAndLinksOfTzdata) {
  const auto zones = TimeZoneSet::from_tzdata(
      "# version 2025b\nR d 1916 o - Jun 14 23s 1 S\nZ Africa/Abidjan -0:16:8 - LMT 1912\n"
      "0 - GMT\nL Africa/Abidjan Africa/Accra\nZ Europe/Paris 0:9:21 - LMT 1891");
  EXPECT_EQ(zones.size(), 3U);
  EXPECT_TRUE(zones.contains("Africa/Abidjan"));
  EXPECT_TRUE(zones.contains("Africa/Accra"));
  EXPECT_TRUE(zones.contains("Europe/Paris"));
  EXPECT_FALSE(zones.contains("europe/paris"));
  EXPECT_FALSE(zones.contains(""));
}

TEST(EventPatch, KeepsWhatItDoesNotName) {
  EXPECT_EQ(*merge(samples::draft(), EventPatch{}), samples::draft());
  EventPatch patch;
  patch.title = "Another";
  patch.price = PricePatch{.amount_minor = 0};
  patch.venue = VenuePatch{.latitude = 1.5};
  EventDraft wanted = samples::draft();
  wanted.title = "Another";
  wanted.price.amount_minor = 0;
  wanted.venue->latitude = 1.5;
  EXPECT_EQ(*merge(samples::draft(), patch), wanted);
}

TEST(EventPatch, RemovesAndBeginsAVenue) {
  EventPatch removal;
  removal.removes_venue = true;
  const EventDraft without = *merge(samples::draft(), removal);
  EXPECT_FALSE(without.venue);

  EventPatch partial;
  partial.venue = VenuePatch{.name = "Hall", .latitude = 1};
  const auto refused = merge(without, partial);
  ASSERT_FALSE(refused);
  EXPECT_EQ(samples::pointers(refused.error().faults), Pointers{"/venue/longitude"});

  partial.venue->longitude = 2;
  EXPECT_EQ(merge(without, partial)->venue, (Venue{"Hall", "", 1, 2}));
}

}  // namespace
}  // namespace vigie::domain
