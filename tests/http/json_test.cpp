#include "server/http/json.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <variant>

namespace vigie::http {
namespace {

TEST(JsonBody, ThatIsRefusedIsAProblemWithItsPlace) {
  struct Row {
    std::string_view text;
    std::string_view code;
    std::string_view pointer;
    std::string_view message;
  };
  static constexpr Row kRows[] = {
      {"{", "malformed_json", "", "cannot be read at byte 2"},
      {R"({"a":{"b":1,"b":2}})", "duplicate_member", "/a/b", "is given more than once"},
      {R"({"a":1e400})", "number_out_of_range", "/a", "is too large a number"},
  };
  for (const Row& row : kRows) {
    const auto parsed = parse_json(row.text);
    const auto* const problem = std::get_if<Problem>(&parsed);
    ASSERT_NE(problem, nullptr) << row.text;
    EXPECT_EQ(problem->type->code, row.code);
    EXPECT_EQ(problem->type->status, 400);
    EXPECT_EQ(problem->detail, std::string(problem->type->title) + ".");
    ASSERT_EQ(problem->faults.size(), 1U);
    EXPECT_EQ(problem->faults[0].pointer, row.pointer);
    EXPECT_EQ(problem->faults[0].message, row.message);
  }
  const auto deep = parse_json(std::string(33, '[') + std::string(33, ']'));
  EXPECT_EQ(std::get<Problem>(deep).type->code, "json_too_deep");
}

TEST(JsonBody, ThatIsReadIsAValue) {
  EXPECT_TRUE(std::holds_alternative<JsonValue>(parse_json(R"({"a":[1,2]})")));
}

}  // namespace
}  // namespace vigie::http
