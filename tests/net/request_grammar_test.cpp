#include <gtest/gtest.h>

#include <string>

#include "tests/net/reading.hpp"

namespace vigie::net {
namespace {

// RFC 9112, section 7.1.1: chunk-ext, as its grammar builds it.
TEST(RequestParser, PassesOverExtensionsOfEveryForm) {
  const Limits limits;
  for (const std::string extension :
       {"", ";a", ";name=value;b=c", ";q=\"a\\\"b\"", " ; a = b", "\t;\ta\t=\t\"b\"\t; c", ";a;b;c",
        ";a=\"\"", ";a=\"x;y=z, \\\\\";b", ";sig=0123abc!#$", ";a=\"\xc3\xa9\""}) {
    const std::string text = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5" +
                             extension + "\r\nhello\r\n00" + extension + "\r\nX: y\r\n\r\n";
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      RequestParser parser(limits);
      const Reading reading = read_in_pieces(parser, text + "NEXT", piece);
      ASSERT_EQ(reading.state, State::kDone) << extension << ", pieces of " << piece;
      EXPECT_EQ(reading.body, "hello") << extension;
      EXPECT_EQ(reading.taken, text.size()) << extension;
      EXPECT_EQ(parser.request().trailers.first("X"), "y") << extension;
    }
  }
}

TEST(RequestParser, TakesHostsOfEveryForm) {
  const Limits limits;
  for (const std::string host : {"h", "h:8080", "h:", "", "127.0.0.1:1", "[::1]", "[::1]:65535",
                                 "[::ffff:192.0.2.1]", "[v1.fe80]:1", "a-b.example", "a%20b"}) {
    RequestParser parser(limits);
    read_in_pieces(parser, get_with("Host: " + host), 1000);
    EXPECT_EQ(parser.state(), State::kDone) << host;
  }
}

TEST(RequestParser, ReadsExpectAsAList) {
  const Limits limits;
  for (const std::string lines :
       {"Expect: 100-Continue", "Expect: 100-continue, 100-continue", "Expect: ,100-continue,",
        "Expect: 100-continue\r\nExpect:", "Expect: 100-continue\r\nexpect: 100-continue"}) {
    RequestParser parser(limits);
    read_in_pieces(
        parser, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n" + lines + "\r\n\r\n", 1000);
    EXPECT_TRUE(parser.expects_continue()) << lines;
    EXPECT_EQ(parser.state(), State::kBody) << lines;
  }
}

TEST(RequestParser, ReadsConnectionAsAList) {
  const Limits limits;
  for (const std::string lines :
       {"Connection: close", "Connection: a, Close", "Connection: keep-alive\r\nConnection: close",
        "Connection: close\r\nConnection: keep-alive", "Connection: a\r\nConnection: b, ,close"}) {
    RequestParser parser(limits);
    read_in_pieces(parser, "GET / HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n\r\n", 1000);
    EXPECT_FALSE(parser.must_keep_alive()) << lines;
    EXPECT_EQ(parser.state(), State::kDone) << lines;
  }
}

}  // namespace
}  // namespace vigie::net
