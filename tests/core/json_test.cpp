#include "server/platform/core/json.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace vigie::core {
namespace {

using Kind = JsonFault::Kind;

struct Refused {
  std::string text;
  Kind kind;
  std::string pointer;
  std::string message;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.text; }

class JsonRefusal : public testing::TestWithParam<Refused> {};

TEST_P(JsonRefusal, SaysWhere) {
  const auto parsed = parse_json(GetParam().text);
  const auto* fault = std::get_if<JsonFault>(&parsed);
  ASSERT_NE(fault, nullptr);
  EXPECT_EQ(fault->kind, GetParam().kind);
  EXPECT_EQ(fault->pointer, GetParam().pointer);
  EXPECT_NE(fault->message.find(GetParam().message), std::string::npos) << fault->message;
}

std::string nested(int depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

INSTANTIATE_TEST_SUITE_P(
    Json, JsonRefusal,
    testing::Values(
        Refused{"", Kind::kMalformed, "", "byte 1"}, Refused{"{", Kind::kMalformed, "", "byte 2"},
        Refused{R"({"a":1,})", Kind::kMalformed, "", "byte 8"},
        Refused{"[1] x", Kind::kMalformed, "", "byte 5"},
        Refused{"'a'", Kind::kMalformed, "", "byte 1"},
        Refused{"// a\n1", Kind::kMalformed, "", "byte 1"},
        Refused{"[NaN]", Kind::kMalformed, "", "byte 2"},
        Refused{"[01]", Kind::kMalformed, "", "byte 3"},
        Refused{"\"a\nb\"", Kind::kMalformed, "", "byte 3"},
        Refused{"\"\xff\"", Kind::kMalformed, "", "byte 2"},
        Refused{"\"\xc0\xaf\"", Kind::kMalformed, "", "byte"},
        Refused{"\"\xed\xa0\x80\"", Kind::kMalformed, "", "byte"},
        Refused{R"("\ud800")", Kind::kMalformed, "", "byte"},
        Refused{std::string("[1]\0", 4), Kind::kMalformed, "", "byte 4"},
        Refused{R"({"a":1,"b":{"x~/y":1,"c":2,"x~/y":3}})", Kind::kDuplicateMember, "/b/x~0~1y",
                "more than once"},
        Refused{R"([{"a":1},{"a":1,"\u0061":2}])", Kind::kDuplicateMember, "/1/a",
                "more than once"},
        Refused{nested(33), Kind::kTooDeep,
                "/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0", "32"},
        Refused{R"({"a":1e999999999999})", Kind::kNumberOutOfRange, "/a", "too large"},
        Refused{R"({"a":[1,1e400]})", Kind::kNumberOutOfRange, "/a/1", "too large"},
        Refused{R"({"a":9223372036854775808})", Kind::kNumberOutOfRange, "/a", "too large"},
        Refused{R"({"a":-9223372036854775809})", Kind::kNumberOutOfRange, "/a", "too large"},
        Refused{R"({"a":123456789012345678901234567890})", Kind::kNumberOutOfRange, "/a",
                "too large"}));

TEST(Json, ReadsEveryKindOfValue) {
  const auto parsed = parse_json(R"({"n":null,"b":true,"i":-9223372036854775808,"d":1.5e-3,)"
                                 R"("s":"\u20ac\n","a":[0,-0]})");
  const auto* object = std::get<JsonValue>(parsed).as<JsonValue::Object>();
  ASSERT_NE(object, nullptr);
  ASSERT_EQ(object->size(), 6U);
  EXPECT_TRUE((*object)[0].value.is_null());
  EXPECT_EQ(*(*object)[1].value.as<bool>(), true);
  EXPECT_EQ(*(*object)[2].value.as<std::int64_t>(), INT64_MIN);
  EXPECT_EQ(*(*object)[3].value.as<double>(), 1.5e-3);
  EXPECT_EQ(*(*object)[4].value.as<std::string>(), "\xe2\x82\xac\n");
  EXPECT_EQ((*object)[5].value.as<JsonValue::Array>()->size(), 2U);
}

// JSON Schema 2020-12, validation 6.1.1: a number whose fraction is zero is an integer.
TEST(Json, ReadsIntegersHoweverTheyAreWritten) {
  const auto integer_of = [](std::string_view text) -> std::optional<std::int64_t> {
    const auto parsed = parse_json(text);
    const auto* value = std::get_if<JsonValue>(&parsed);
    const auto* integer = value == nullptr ? nullptr : value->as<std::int64_t>();
    return integer == nullptr ? std::nullopt : std::optional(*integer);
  };
  struct Row {
    std::string_view text;
    std::int64_t value;
  };
  for (const auto& [text, value] :
       std::initializer_list<Row>{{"10.0", 10},
                                  {"1e1", 10},
                                  {"1E+1", 10},
                                  {"100e-1", 10},
                                  {"0.1e2", 10},
                                  {"-2.50e2", -250},
                                  {"0.0", 0},
                                  {"-0.0", 0},
                                  {"0e999", 0},
                                  {"0.000e-999999999999", 0},
                                  {"9007199254740993.0", 9007199254740993},
                                  {"9223372036854775807.0", INT64_MAX},
                                  {"-9.223372036854775808e18", INT64_MIN},
                                  {"1e18", 1'000'000'000'000'000'000}}) {
    EXPECT_EQ(integer_of(text), value) << text;
  }
  for (const std::string_view text :
       {"1.5", "1e-1", "10.01", "1e-999999999999", "9223372036854775808.0", "1e19", "1e300",
        "-1e19", "9007199254740993.5"}) {
    EXPECT_FALSE(integer_of(text)) << text;
    EXPECT_TRUE(std::holds_alternative<JsonValue>(parse_json(text))) << text;
  }
}

TEST(Json, GivesAMemberOfAnObjectByItsName) {
  const auto parsed = parse_json(R"({"a":{"b":"inner"},"b":"outer","n":1})");
  const auto& value = std::get<JsonValue>(parsed);
  EXPECT_EQ(*value.member_as<std::string>("b"), "outer");
  EXPECT_EQ(*value.member("a")->member_as<std::string>("b"), "inner");
  EXPECT_EQ(value.member_as<std::string>("n"), nullptr);
  EXPECT_EQ(value.member("c"), nullptr);
  EXPECT_EQ(JsonValue().member("a"), nullptr);
}

// RFC 8259, section 7.
TEST(Json, WritesAStringThatItReadsBack) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a\"\\/\b\f\n\r\t"), R"("a\"\\/\b\f\n\r\t")");
  EXPECT_EQ(json_string(std::string_view("\0\x1f", 2)), R"("\u0000\u001f")");
  EXPECT_EQ(json_string("\xf0\x9d\x84\x9e"), "\"\xf0\x9d\x84\x9e\"");
  EXPECT_EQ(json_string("a\xff"), "\"a\xef\xbf\xbd\"");
  std::string all;
  for (char c = 0; c < 0x7f; ++c) all += c;
  EXPECT_EQ(*std::get<JsonValue>(parse_json(json_string(all))).as<std::string>(), all);
}

// RFC 6901, section 5.
TEST(JsonPointer, EscapesItsTokens) {
  EXPECT_EQ(pointer_token("a/b"), "a~1b");
  EXPECT_EQ(pointer_token("m~n"), "m~0n");
  EXPECT_EQ(pointer_token("c%d e^f"), "c%d e^f");
}

TEST(Json, TakesNestingUpToItsLimit) {
  EXPECT_TRUE(std::holds_alternative<JsonValue>(parse_json(nested(kJsonDepthMax))));
}

TEST(Json, TakesTenThousandMembersInTime) {
  std::string text = "{";
  for (int i = 0; i < 10'000; ++i) text += '"' + std::to_string(i) + "\":1,";
  text += R"("last":0})";
  EXPECT_TRUE(std::holds_alternative<JsonValue>(parse_json(text)));
}

}  // namespace
}  // namespace vigie::core
