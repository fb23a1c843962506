#include "telemetry/json_writer.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "telemetry/utf8.hpp"

namespace vigie::telemetry {
namespace {

std::string json_of(std::string_view text) { return JsonWriter().value(text).take(); }

TEST(JsonWriter, WritesObjectsAndArrays) {
  JsonWriter out;
  out.begin_object().member("a", 1).key("b").begin_array().value("x").null().value(true);
  out.begin_object().end_object().begin_array().end_array().end_array().end_object();
  EXPECT_EQ(out.take(), R"({"a":1,"b":["x",null,true,{},[]]})");
}

TEST(JsonWriter, WritesNumbersExactly) {
  JsonWriter out;
  out.begin_array().value(std::numeric_limits<std::int64_t>::min());
  out.value(std::numeric_limits<std::uint64_t>::max()).value(0.1).value(-1.5).value(1e300);
  out.value(std::uint8_t{7}).end_array();
  EXPECT_EQ(out.take(), "[-9223372036854775808,18446744073709551615,0.1,-1.5,1e+300,7]");
}

TEST(JsonWriter, HasNullForWhatIsNoNumber) {
  EXPECT_EQ(JsonWriter().value(std::nan("")).take(), "null");
  EXPECT_EQ(JsonWriter().value(std::numeric_limits<double>::infinity()).take(), "null");
}

TEST(JsonWriter, EscapesWhatMustBe) {
  EXPECT_EQ(json_of("say \"hi\"\\\n\t\r\b\f"), R"("say \"hi\"\\\n\t\r\b\f")");
  EXPECT_EQ(json_of(std::string_view("\x00\x1f", 2)), R"("\u0000\u001f")");
  EXPECT_EQ(json_of("/ \x7f"), "\"/ \x7f\"");
}

TEST(JsonWriter, EscapesAtEveryPlaceOfALongText) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string before(length, 'a');
    EXPECT_EQ(json_of(before + "\"b"), "\"" + before + "\\\"b\"");
    EXPECT_EQ(json_of(before + "\x01"), "\"" + before + "\\u0001\"");
    EXPECT_EQ(json_of(before + "\xC3\xA9z"), "\"" + before + "\xC3\xA9z\"");
  }
}

TEST(JsonWriter, ReplacesWhatIsNoUtf8) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(json_of("a\xff"
                    "b"),
            "\"a" + bad + "b\"");
  EXPECT_EQ(json_of("\xC0\xAF"), "\"" + bad + bad + "\"");
  EXPECT_EQ(json_of("\xED\xA0\x80"), "\"" + bad + bad + bad + "\"");
  EXPECT_EQ(json_of("\xE2\x82"), "\"" + bad + bad + "\"");
  EXPECT_EQ(json_of("\xF0\x9F\x98\x80"), "\"\xF0\x9F\x98\x80\"");
  EXPECT_EQ(json_of("\xF4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"");
}

TEST(JsonWriter, EscapesNames) {
  EXPECT_EQ(JsonWriter().begin_object().member("a\"b", 1).end_object().take(), R"({"a\"b":1})");
}

TEST(JsonWriter, GrowsWithItsText) {
  JsonWriter out(1);
  const std::string text(10'000, 'x');
  out.begin_array();
  for (int i = 0; i < 10; ++i) out.value(text);
  EXPECT_EQ(out.end_array().take().size(), 10 * (text.size() + 3) + 1);
}

TEST(JsonWriter, StartsAfreshAfterItsTextIsTaken) {
  JsonWriter out;
  EXPECT_EQ(out.value(1).take(), "1");
  EXPECT_EQ(out.value(2).take(), "2");
  out.begin_object().end_object().end_line().value(3).end_line();
  EXPECT_EQ(out.view(), "{}\n3\n");
  out.clear();
  EXPECT_EQ(out.view(), "");
}

TEST(Utf8, IsCutBetweenCharacters) {
  EXPECT_EQ(cut_utf8("abc", 5), "abc");
  EXPECT_EQ(cut_utf8("abc", 2), "ab");
  EXPECT_EQ(cut_utf8("a\xC3\xA9", 2), "a");
  EXPECT_EQ(cut_utf8("\xF0\x9F\x98\x80", 3), "");
  EXPECT_EQ(cut_utf8("a\xF0\x9F\x98\x80", 5), "a\xF0\x9F\x98\x80");
}

}  // namespace
}  // namespace vigie::telemetry
