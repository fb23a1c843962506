#include <gtest/gtest.h>

#include "server/http/content_coding.hpp"
#include "server/http/media_type.hpp"
#include "server/http/query_parameters.hpp"

namespace vigie::http {
namespace {

TEST(QueryParameters, KeepOrderAndRepetition) {
  const QueryParameters expected = {{"tag", "a b"}, {"tag", "c+d"}, {"q", ""}, {"", "x"}};
  EXPECT_EQ(parse_query("tag=a+b&&tag=c%2Bd&q&=x"), expected);
  EXPECT_FALSE(parse_query("q=%z"));
}

TEST(QueryParameters, AreWrittenSoThatTheyReadBack) {
  const QueryParameters parameters = {{"q", "a&b=c>\"\r\n\xc3\xa9+"}, {"tag", "x y"}};
  EXPECT_EQ(parse_query(format_query(parameters)), parameters);
  EXPECT_EQ(format_query(parameters).find_first_of(">\"\r\n "), std::string::npos);
}

TEST(MediaType, ReadsContentTypes) {
  EXPECT_TRUE(is_content_type("application/json", "application/json"));
  EXPECT_TRUE(is_content_type("Application/JSON ; charset=UTF-8", "application/json"));
  EXPECT_TRUE(is_content_type("application/json;charset=\"utf-8\";v=1", "application/json"));
  // RFC 8259, 11: no charset is defined, and one has no effect.
  EXPECT_TRUE(is_content_type("application/json;charset=latin1", "application/json"));
  EXPECT_TRUE(is_content_type("application/json; a=\"x;y\";charset=utf8", "application/json"));
  EXPECT_FALSE(is_content_type("application/jsonx", "application/json"));
  EXPECT_FALSE(is_content_type("", "application/json"));
}

// RFC 9110, 12.5.3: its own examples, and what follows from its words.
TEST(ContentCoding, IsUsedWhereItIsAskedFor) {
  for (const std::string_view asking :
       {"gzip", "compress, gzip", "*", "compress;q=0.5, gzip;q=1.0",
        "gzip;q=1.0, identity; q=0.5, *;q=0", "x-gzip", "GZIP", "gzip;q=0.001", "identity;q=0.5, *",
        "br, *;q=0.1", "gzip ; Q=0.5"}) {
    EXPECT_TRUE(prefers_coding(asking, "gzip")) << asking;
  }
  for (const std::string_view refusing :
       {"", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "br", "gzipped",
        "identity, gzip;q=0.5", "br;a=\",gzip\""}) {
    EXPECT_FALSE(prefers_coding(refusing, "gzip")) << refusing;
  }
}

TEST(MediaType, NegotiatesByTheMostSpecificRange) {
  const auto accepts_json = [](std::string_view accept) {
    return accepts(accept, "application/json");
  };
  EXPECT_TRUE(accepts_json(""));
  EXPECT_TRUE(accepts_json("*/*"));
  EXPECT_TRUE(accepts_json("text/html, application/*;q=0.1"));
  EXPECT_TRUE(accepts_json("*/*;q=0, application/json"));
  EXPECT_FALSE(accepts_json("application/json;q=0, */*"));
  EXPECT_FALSE(accepts_json("application/json;q=0.000"));
  EXPECT_FALSE(accepts_json("application/json;q=0, */*;q=1"));
  EXPECT_FALSE(accepts_json("text/html;p=\"application/json, */*\""));
  EXPECT_TRUE(accepts_json("text/html;p=\"a,b;q=0\", application/json"));
  EXPECT_TRUE(accepts_json("application/json;version=2;q=0, application/json"));
  EXPECT_TRUE(accepts_json("application/json;charset=utf-8"));
  EXPECT_TRUE(accepts_json(" , ,"));
  EXPECT_FALSE(accepts_json("application/json ; Q=0.0 , */*"));
  EXPECT_FALSE(accepts_json("text/html"));
  EXPECT_FALSE(accepts_json("application/xml, text/*"));
}

}  // namespace
}  // namespace vigie::http
