#include "telemetry/catalogue/attribute_list.hpp"

#include <gtest/gtest.h>

#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/log_events.hpp"
#include "telemetry/catalogue/spans.hpp"

namespace vigie::telemetry {
namespace {

// By what the list replaces: a search.
std::size_t searched(const AttributeList& list, const AttributeKey* key) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list.begin()[i] == key) return i;
  }
  return AttributeList::kSizeMax;
}

void expect_finds_what_it_declares(const AttributeList& list) {
  for (const AttributeKey* key : attributes::kAll) {
    EXPECT_EQ(list.index_of(*key), searched(list, key)) << key->name;
  }
}

TEST(AttributeList, FindsWhatItDeclaresAndNothingElse) {
  for (const SpanType* type : spans::kAll) expect_finds_what_it_declares(type->attributes);
  for (const LogEventType* type : log_events::kAll) expect_finds_what_it_declares(type->attributes);
}

TEST(AttributeList, IsNotDeceivedByAKeyOfTheSameName) {
  const AttributeKey copy = attributes::kErrorType;
  EXPECT_TRUE(spans::kDbQuery.attributes.declares(attributes::kErrorType));
  EXPECT_FALSE(spans::kDbQuery.attributes.declares(copy));
}

TEST(AttributeList, DeclaresNothingWhenItIsEmpty) {
  static constexpr AttributeList kEmpty;
  EXPECT_EQ(kEmpty.begin(), kEmpty.end());
  expect_finds_what_it_declares(kEmpty);
}

}  // namespace
}  // namespace vigie::telemetry
