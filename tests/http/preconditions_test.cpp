#include "server/http/preconditions.hpp"

#include <gtest/gtest.h>

#include <array>

#include "server/http/entity_tag.hpp"
#include "server/http/field_list.hpp"

namespace vigie::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year;

constexpr domain::Timestamp kNow = sys_days{year{2026} / 11 / 30};
constexpr domain::Timestamp kModified = sys_days{year{1994} / 11 / 6} + seconds(31'777);

TEST(FieldList, LinesAreOneListInTheirOrder) {
  RequestHeaders headers;
  headers.add({"If-Match", "\"a\""});
  headers.add({"Accept", "*/*"});
  headers.add({"IF-MATCH", "\"b\",\"c\""});
  EXPECT_EQ(combined(headers, "if-match"), "\"a\", \"b\",\"c\"");
  EXPECT_EQ(combined(headers, "Range"), "");
}

TEST(FieldList, QuotedStringsHoldTheirSeparators) {
  std::string_view rest = R"(a;p="1,\"2",  , b	,c="x)";
  EXPECT_EQ(next_element(rest, ','), R"(a;p="1,\"2")");
  EXPECT_EQ(next_element(rest, ','), "");
  EXPECT_EQ(next_element(rest, ','), "b");
  EXPECT_EQ(next_element(rest, ','), R"(c="x)");
  EXPECT_TRUE(rest.empty());
}

// RFC 9110, 8.8.3.2, table 3.
TEST(EntityTag, ComparesAsTheTableOfTheSpecification) {
  struct Row {
    std::string_view a, b;
    bool is_strong, is_weak;
  };
  static constexpr std::array<Row, 4> kRows = {{{R"(W/"1")", R"(W/"1")", false, true},
                                                {R"(W/"1")", R"(W/"2")", false, false},
                                                {R"(W/"1")", R"("1")", false, true},
                                                {R"("1")", R"("1")", true, true}}};
  for (const Row& row : kRows) {
    const auto a = EntityTag::parse(row.a);
    const auto b = EntityTag::parse(row.b);
    ASSERT_TRUE(a && b) << row.a;
    EXPECT_EQ(match_strongly(*a, *b), row.is_strong) << row.a << row.b;
    EXPECT_EQ(match_weakly(*a, *b), row.is_weak) << row.a << row.b;
  }
}

TEST(EntityTag, IsReadAsTheGrammarSays) {
  for (const std::string_view text :
       {R"("xyzzy")", R"(W/"xyzzy")", R"("")", R"("a,b")", R"("\")", "\"\xc3\xa9\""}) {
    EXPECT_TRUE(EntityTag::parse(text)) << text;
  }
  for (const std::string_view text : {"", "xyzzy", "\"", "\"a", "a\"", R"(w/"a")", R"(W/a)",
                                      R"(W/ "a")", R"("a b")", R"("a"b")", "*", "\"a\x7f\""}) {
    EXPECT_FALSE(EntityTag::parse(text)) << text;
  }
}

TEST(EntityTag, ListsAreReadTagByTag) {
  const EntityTags tags = EntityTags::parse(R"(, "a,b" ,	W/"\",nonsense,"c","d)");
  ASSERT_EQ(tags.tags.size(), 3U);
  EXPECT_EQ(tags.tags[0].opaque, R"("a,b")");
  EXPECT_EQ(tags.tags[1].opaque, R"("\")");
  EXPECT_TRUE(tags.tags[1].is_weak);
  EXPECT_EQ(tags.tags[2].opaque, R"("c")");
  EXPECT_FALSE(tags.is_any);
  EXPECT_TRUE(EntityTags::parse(" * ").is_any);
  EXPECT_TRUE(EntityTags::parse("*, *").is_any);
  EXPECT_FALSE(EntityTags::parse(R"(*, "a")").is_any);
  EXPECT_FALSE(EntityTags::parse("").is_any);
}

TEST(EntityTag, NamesAVersionWhenItIsAStrongOneOfOne) {
  EXPECT_EQ(EntityTag::parse(entity_tag(7))->version(), 7);
  for (const std::string_view text : {R"(W/"3")", R"("")", R"("03")", R"("-3")", R"("3x")",
                                      R"("+3")", R"("99999999999999999999")", R"("abc")"}) {
    EXPECT_FALSE(EntityTag::parse(text)->version()) << text;
  }
}

/// Conditions on a representation with the tag "current", modified at kModified; `expected` is the
/// sentence of RFC 9110, 13.1 and 13.2.2, in three values.
struct Row {
  Method method;
  std::vector<HeaderView> fields;
  Precondition expected;
};

Precondition outcome_of(const Row& row, const Validators& current) {
  Request request{.method = row.method};
  for (const HeaderView& field : row.fields) request.headers.add(field);
  return evaluate(request, current, kNow);
}

constexpr std::string_view kSame = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr std::string_view kBefore = "Sun, 06 Nov 1994 08:49:36 GMT";
constexpr std::string_view kAfter = "Sunday, 06-Nov-94 08:49:38 GMT";

std::vector<Row> rows() {
  using enum Method;
  using enum Precondition;
  return {
      {kGet, {}, kHolds},
      // 13.1.1: any listed tag, by strong comparison; every line is part of the list.
      {kPatch, {{"If-Match", R"("current")"}}, kHolds},
      {kPatch, {{"If-Match", R"("x", "current")"}}, kHolds},
      {kPatch, {{"If-Match", R"("x")"}, {"if-match", R"("current")"}}, kHolds},
      {kPatch, {{"If-Match", R"("current")"}, {"If-Match", R"("x")"}}, kHolds},
      {kPatch, {{"If-Match", R"(W/"current")"}}, kFailed},
      {kPatch, {{"If-Match", R"("x")"}}, kFailed},
      {kPatch, {{"If-Match", ""}}, kFailed},
      {kPatch, {{"If-Match", "*"}}, kHolds},
      {kGet, {{"If-Match", R"("x")"}}, kFailed},
      {kHead, {{"If-Match", R"("x")"}}, kFailed},
      // 13.1.2: by weak comparison; 304 for a read, 412 for anything else.
      {kGet, {{"If-None-Match", R"("current")"}}, kNotModified},
      {kHead, {{"If-None-Match", R"(W/"current")"}}, kNotModified},
      {kGet, {{"If-None-Match", R"("x")"}, {"If-None-Match", R"("current")"}}, kNotModified},
      {kGet, {{"If-None-Match", "*"}}, kNotModified},
      {kGet, {{"If-None-Match", R"("x", "y")"}}, kHolds},
      {kPatch, {{"If-None-Match", R"("current")"}}, kFailed},
      {kPut, {{"If-None-Match", "*"}}, kFailed},
      {kPut, {{"If-None-Match", R"("x")"}}, kHolds},
      // 13.1.3: reads alone, a single valid date alone, and not beside If-None-Match.
      {kGet, {{"If-Modified-Since", kSame}}, kNotModified},
      {kHead, {{"If-Modified-Since", kAfter}}, kNotModified},
      {kGet, {{"If-Modified-Since", "Sun Nov  6 08:49:37 1994"}}, kNotModified},
      {kGet, {{"If-Modified-Since", kBefore}}, kHolds},
      {kGet, {{"If-Modified-Since", "yesterday"}}, kHolds},
      {kGet, {{"If-Modified-Since", kSame}, {"If-Modified-Since", kSame}}, kHolds},
      {kPut, {{"If-Modified-Since", kSame}}, kHolds},
      {kGet, {{"If-None-Match", R"("x")"}, {"If-Modified-Since", kSame}}, kHolds},
      {kGet, {{"If-None-Match", R"("current")"}, {"If-Modified-Since", kBefore}}, kNotModified},
      // 13.1.4: also for reads; not beside If-Match.
      {kPut, {{"If-Unmodified-Since", kSame}}, kHolds},
      {kPut, {{"If-Unmodified-Since", kBefore}}, kFailed},
      {kGet, {{"If-Unmodified-Since", "Sun Nov  6 08:49:36 1994"}}, kFailed},
      {kGet, {{"If-Unmodified-Since", "yesterday"}}, kHolds},
      {kGet, {{"If-Unmodified-Since", kBefore}, {"If-Unmodified-Since", kBefore}}, kHolds},
      {kPut, {{"If-Match", R"("current")"}, {"If-Unmodified-Since", kBefore}}, kHolds},
      // 13.2.2: what must be there is judged before what is known.
      {kGet, {{"If-None-Match", R"("current")"}, {"If-Match", R"("x")"}}, kFailed},
      {kGet, {{"If-None-Match", R"("current")"}, {"If-Match", R"("current")"}}, kNotModified},
      {kGet, {{"If-None-Match", R"("current")"}, {"If-Unmodified-Since", kBefore}}, kFailed},
      {kGet, {{"If-Unmodified-Since", kSame}, {"If-Modified-Since", kSame}}, kNotModified},
  };
}

TEST(Preconditions, AreJudgedAsTheSpecificationOrders) {
  int number = 0;
  for (const Row& row : rows()) {
    EXPECT_EQ(outcome_of(row, {.entity_tag = R"("current")", .modified_at = kModified}),
              row.expected)
        << "row " << number;
    ++number;
  }
}

TEST(Preconditions, ByDateAreIgnoredWithoutADate) {
  const Validators current{.entity_tag = R"("current")"};
  EXPECT_EQ(outcome_of({Method::kGet, {{"If-Modified-Since", kAfter}}, {}}, current),
            Precondition::kHolds);
  EXPECT_EQ(outcome_of({Method::kPut, {{"If-Unmodified-Since", kBefore}}, {}}, current),
            Precondition::kHolds);
}

TEST(Preconditions, WhereNothingIsMatchNothing) {
  EXPECT_EQ(outcome_of({Method::kPut, {{"If-Match", "*"}}, {}}, {}), Precondition::kFailed);
  EXPECT_EQ(outcome_of({Method::kPut, {{"If-None-Match", "*"}}, {}}, {}), Precondition::kHolds);
}

TEST(Preconditions, OfASecondsFractionAreThoseOfItsSecond) {
  const Validators current{.entity_tag = R"("current")",
                           .modified_at = kModified + std::chrono::milliseconds(900)};
  EXPECT_EQ(outcome_of({Method::kGet, {{"If-Modified-Since", kSame}}, {}}, current),
            Precondition::kNotModified);
  EXPECT_EQ(outcome_of({Method::kPut, {{"If-Unmodified-Since", kSame}}, {}}, current),
            Precondition::kHolds);
}

// RFC 9110, 13.1.5: a strong match, or exactly the date; anything else sends the whole.
TEST(Preconditions, OfARangeAreExact) {
  const auto holds = [](std::vector<HeaderView> fields) {
    Request request{.method = Method::kGet};
    for (const HeaderView& field : fields) request.headers.add(field);
    return if_range_holds(request, {.entity_tag = R"("current")", .modified_at = kModified}, kNow);
  };
  EXPECT_TRUE(holds({}));
  EXPECT_TRUE(holds({{"If-Range", R"("current")"}}));
  EXPECT_TRUE(holds({{"If-Range", kSame}}));
  EXPECT_TRUE(holds({{"If-Range", "Sunday, 06-Nov-94 08:49:37 GMT"}}));
  EXPECT_TRUE(holds({{"If-Range", "Sun Nov  6 08:49:37 1994"}}));
  EXPECT_FALSE(holds({{"If-Range", R"(W/"current")"}}));
  EXPECT_FALSE(holds({{"If-Range", R"("x")"}}));
  EXPECT_FALSE(holds({{"If-Range", kAfter}}));
  EXPECT_FALSE(holds({{"If-Range", kBefore}}));
  EXPECT_FALSE(holds({{"If-Range", "*"}}));
  EXPECT_FALSE(holds({{"If-Range", R"("x", "current")"}}));
  EXPECT_FALSE(holds({{"If-Range", R"("current")"}, {"If-Range", R"("current")"}}));
}

}  // namespace
}  // namespace vigie::http
