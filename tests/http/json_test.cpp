#include "server/http/json.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace vigie::http {
namespace {

struct Refused {
  std::string text;
  std::string code;
  std::string pointer;
  std::string message;
};

void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.text; }

class JsonRefusal : public testing::TestWithParam<Refused> {};

TEST_P(JsonRefusal, SaysWhere) {
  const auto parsed = parse_json(GetParam().text);
  const auto* problem = std::get_if<Problem>(&parsed);
  ASSERT_NE(problem, nullptr);
  EXPECT_EQ(problem->type->code, GetParam().code);
  EXPECT_EQ(problem->type->status, 400);
  ASSERT_EQ(problem->faults.size(), 1U);
  EXPECT_EQ(problem->faults[0].pointer, GetParam().pointer);
  EXPECT_NE(problem->faults[0].message.find(GetParam().message), std::string::npos)
      << problem->faults[0].message;
}

std::string nested(int depth) {
  const auto count = static_cast<std::size_t>(depth);
  return std::string(count, '[') + std::string(count, ']');
}

INSTANTIATE_TEST_SUITE_P(
    Json, JsonRefusal,
    testing::Values(
        Refused{"", "malformed_json", "", "byte 1"}, Refused{"{", "malformed_json", "", "byte 2"},
        Refused{R"({"a":1,})", "malformed_json", "", "byte 8"},
        Refused{"[1] x", "malformed_json", "", "byte 5"},
        Refused{"'a'", "malformed_json", "", "byte 1"},
        Refused{"// a\n1", "malformed_json", "", "byte 1"},
        Refused{"[NaN]", "malformed_json", "", "byte 2"},
        Refused{"[01]", "malformed_json", "", "byte 3"},
        Refused{"\"a\nb\"", "malformed_json", "", "byte 3"},
        Refused{"\"\xff\"", "malformed_json", "", "byte 2"},
        Refused{"\"\xc0\xaf\"", "malformed_json", "", "byte"},
        Refused{"\"\xed\xa0\x80\"", "malformed_json", "", "byte"},
        Refused{R"("\ud800")", "malformed_json", "", "byte"},
        Refused{std::string("[1]\0", 4), "malformed_json", "", "byte 4"},
        Refused{R"({"a":1,"b":{"x~/y":1,"c":2,"x~/y":3}})", "duplicate_member", "/b/x~0~1y",
                "more than once"},
        Refused{R"([{"a":1},{"a":1,"\u0061":2}])", "duplicate_member", "/1/a", "more than once"},
        Refused{nested(33), "json_too_deep",
                "/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0/0", "32"},
        Refused{R"({"a":1e999999999999})", "number_out_of_range", "/a", "too large"},
        Refused{R"({"a":[1,1e400]})", "number_out_of_range", "/a/1", "too large"},
        Refused{R"({"a":9223372036854775808})", "number_out_of_range", "/a", "too large"},
        Refused{R"({"a":-9223372036854775809})", "number_out_of_range", "/a", "too large"},
        Refused{R"({"a":123456789012345678901234567890})", "number_out_of_range", "/a",
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
}  // namespace vigie::http
