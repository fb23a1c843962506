#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/net/reading.hpp"

namespace vigie::net {
namespace {

using http::Refusal;

constexpr std::string_view kChunked =
    "POST /up?x=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    "5\r\nhello\r\n1;name=\"va;lue\"\r\n,\r\nA\r\n wonderful\r\n6\r\n world\r\n0\r\n"
    "X-Sum: 1 2\r\nx-sum:3\r\n\r\n";

TEST(RequestParser, ReadsAChunkedBodyWithTrailersInPiecesOfAnySize) {
  const Limits limits;
  for (std::size_t piece = 1; piece <= kChunked.size(); ++piece) {
    RequestParser parser(limits);
    const Reading reading = read_in_pieces(parser, std::string(kChunked) + "NEXT", piece);
    ASSERT_EQ(reading.state, State::kDone) << piece;
    EXPECT_EQ(reading.body, "hello, wonderful world") << piece;
    EXPECT_EQ(reading.taken, kChunked.size()) << piece;
    ASSERT_EQ(parser.request().trailers.fields().size(), 2u) << piece;
    EXPECT_EQ(parser.request().trailers.first("X-SUM"), "1 2");
    EXPECT_EQ(parser.request().trailers.fields()[1].value, "3");
    EXPECT_EQ(parser.body_bytes(), 22u);
  }
}

TEST(RequestParser, ReadsAChunkedBodySplitAtEveryPosition) {
  const Limits limits;
  for (std::size_t split = 1; split < kChunked.size(); ++split) {
    RequestParser parser(limits);
    const Reading first = read_in_pieces(parser, std::string(kChunked.substr(0, split)), 1000);
    ASSERT_EQ(first.taken, split);
    const Reading second = read_in_pieces(parser, std::string(kChunked.substr(split)), 1000);
    EXPECT_EQ(second.state, State::kDone) << split;
    EXPECT_EQ(first.body + second.body, "hello, wonderful world") << split;
  }
}

TEST(RequestParser, ReadsTheHead) {
  const Limits limits;
  RequestParser parser(limits);
  const std::string text =
      "\r\nPATCH /a%20b/c?d=e?f HTTP/1.1\r\nHost: example.org:80\r\nX: 1\r\nx:  2 \t\r\nEmpty:\r\n"
      "Content-Length: 3\r\nExpect: 100-Continue\r\n\r\nabcGET";
  const Reading reading = read_in_pieces(parser, text, text.size());
  EXPECT_EQ(reading.state, State::kDone);
  EXPECT_EQ(reading.body, "abc");
  EXPECT_EQ(reading.taken, text.size() - 3);
  const http::Request& request = parser.request();
  EXPECT_EQ(request.method, http::Method::kPatch);
  EXPECT_EQ(request.method_name, "PATCH");
  EXPECT_EQ(request.target, "/a%20b/c?d=e?f");
  EXPECT_EQ(request.path, "/a%20b/c");
  EXPECT_EQ(request.query, "d=e?f");
  EXPECT_EQ(request.headers.count("X"), 2u);
  EXPECT_EQ(request.headers.fields()[2].value, "2");
  EXPECT_EQ(request.headers.first("empty"), "");
  EXPECT_EQ(parser.content_length(), 3u);
  EXPECT_TRUE(parser.expects_continue());
  EXPECT_TRUE(parser.must_keep_alive());
}

TEST(RequestParser, ReadsAbsoluteFormAndAsterisk) {
  const Limits limits;
  RequestParser parser(limits);
  read_in_pieces(parser, "GET HTTP://h:8080/p?q HTTP/1.1\r\nHost: h\r\n\r\n", 1000);
  EXPECT_EQ(parser.state(), State::kDone);
  EXPECT_EQ(parser.request().path, "/p");
  EXPECT_EQ(parser.request().query, "q");
  parser.reset();
  read_in_pieces(parser, "GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", 1000);
  EXPECT_EQ(parser.request().path, "/");
  parser.reset();
  read_in_pieces(parser, "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 1000);
  EXPECT_EQ(parser.state(), State::kDone);
  EXPECT_EQ(parser.request().path, "*");
}

TEST(RequestParser, KnowsWhenTheClientWantsToKeepTheConnection) {
  const Limits limits;
  const auto keeps = [&](std::string_view rest_of_line_and_fields) {
    RequestParser parser(limits);
    read_in_pieces(parser, "GET / HTTP/" + std::string(rest_of_line_and_fields) + "\r\n\r\n", 999);
    EXPECT_EQ(parser.state(), State::kDone);
    return parser.must_keep_alive();
  };
  EXPECT_TRUE(keeps("1.1\r\nHost: h"));
  EXPECT_TRUE(keeps("1.1\r\nHost: h\r\nConnection: keep-alive"));
  EXPECT_TRUE(keeps("1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: h2c"));
  EXPECT_FALSE(keeps("1.1\r\nHost: h\r\nConnection: Close"));
  EXPECT_FALSE(keeps("1.1\r\nHost: h\r\nConnection: te, close"));
  EXPECT_FALSE(keeps("1.0"));
  EXPECT_TRUE(keeps("1.0\r\nConnection: Keep-Alive"));
}

TEST(RequestParser, ABodyIsReadAlthoughAnUpgradeIsOffered) {
  const Limits limits;
  RequestParser parser(limits);
  const Reading reading = read_in_pieces(parser,
                                         "POST / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\n"
                                         "Upgrade: h2c\r\nContent-Length: 2\r\n\r\nokGET",
                                         7);
  EXPECT_EQ(reading.state, State::kDone);
  EXPECT_EQ(reading.body, "ok");
}

struct RefusedCase {
  std::string_view name;
  std::string text;
  Refusal refusal = Refusal::kMalformed;
};

std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

std::string empty_lines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "\r\n";
  return lines;
}

std::vector<RefusedCase> refused_cases() {
  using std::string_literals::operator""s;
  return {
      {"bare LF after the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n"},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"},
      {"bare LF at the end", "GET / HTTP/1.1\r\nHost: h\r\n\n"},
      {"bare CR in a value", get_with("Host: h\r\nX: a\rb")},
      {"bare CR in the request line", "GET /\r HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"folded field", get_with("Host: h\r\nX: a\r\n b")},
      {"folded field with a tab", get_with("Host: h\r\nX: a\r\n\tb")},
      {"blank before the first field", get_with(" X: a\r\nHost: h")},
      {"NUL in a value", get_with("Host: h\r\nX: a\0b"s)},
      {"NUL in a name", get_with("Host: h\r\nX\0: a"s)},
      {"NUL in the target", "GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n"s},
      {"control character in a value", get_with("Host: h\r\nX: a\x01")},
      {"DEL in a value", get_with("Host: h\r\nX: a\x7f")},
      {"blank before the colon", get_with("Host: h\r\nX : a")},
      {"tab before the colon", get_with("Host\t: h")},
      {"no colon", get_with("Host: h\r\nX")},
      {"empty name", get_with("Host: h\r\n: a")},
      {"separator in a name", get_with("Host: h\r\nX(a): b")},
      {"non-ASCII in a name", get_with("Host: h\r\n\xc3\xa9: b")},
      {"no Host", get_with("X: y")},
      {"two Hosts", get_with("Host: h\r\nHost: h")},
      {"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: h\r\nHost: i\r\n\r\n"},
      {"Host with a path", get_with("Host: h/x")},
      {"Host with user info", get_with("Host: a@h")},
      {"Host with a port of letters", get_with("Host: host:port")},
      {"Host with a port over 16 bits", get_with("Host: h:65536")},
      {"Host with a signed port", get_with("Host: h:+80")},
      {"Host with two ports", get_with("Host: h:80:80")},
      {"Host with a bare IPv6 address", get_with("Host: ::1")},
      {"Host with half a bracket", get_with("Host: [::1")},
      {"Host with brackets and more", get_with("Host: [::1]a")},
      {"Host with brackets around a name", get_with("Host: [h]")},
      {"Host with an IPv6 address too long", get_with("Host: [1:2:3:4:5:6:7:8:9]")},
      {"Host with half an escape", get_with("Host: a%2")},
      {"port of letters in the target", "GET http://h:port/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"port alone in the target", "GET http://:80/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"Host with a blank", get_with("Host: a b")},
      {"Content-Length and Transfer-Encoding",
       get_with("Host: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked")},
      {"Transfer-Encoding and Content-Length",
       get_with("Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3")},
      {"two Content-Lengths", get_with("Host: h\r\nContent-Length: 3\r\nContent-Length: 4")},
      {"two equal Content-Lengths", get_with("Host: h\r\nContent-Length: 3\r\nContent-Length: 3")},
      {"Content-Length list", get_with("Host: h\r\nContent-Length: 3, 3")},
      {"Content-Length with a sign", get_with("Host: h\r\nContent-Length: +3")},
      {"negative Content-Length", get_with("Host: h\r\nContent-Length: -3")},
      {"Content-Length with letters", get_with("Host: h\r\nContent-Length: 3abc")},
      {"hexadecimal Content-Length", get_with("Host: h\r\nContent-Length: 0x3")},
      {"empty Content-Length", get_with("Host: h\r\nContent-Length:")},
      {"Content-Length over 64 bits", get_with("Host: h\r\nContent-Length: 18446744073709551616")},
      {"unknown coding", get_with("Host: h\r\nTransfer-Encoding: gzip")},
      {"chunked before a coding", get_with("Host: h\r\nTransfer-Encoding: chunked, gzip")},
      {"chunked before a coding of the next field",
       get_with("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: gzip")},
      {"empty coding", get_with("Host: h\r\nTransfer-Encoding: gzip,, chunked")},
      {"empty coding field",
       get_with("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding:")},
      {"coding that is no token", get_with("Host: h\r\nTransfer-Encoding: \"gzip\", chunked")},
      {"chunked with a parameter", get_with("Host: h\r\nTransfer-Encoding: gzip, chunked;a=b")},
      {"coding with Content-Length",
       get_with("Host: h\r\nContent-Length: 3\r\nTransfer-Encoding: gzip, chunked")},
      {"coding in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
      {"coding without Host", get_with("Transfer-Encoding: gzip, chunked")},
      {"coding before chunked", get_with("Host: h\r\nTransfer-Encoding: gzip, chunked"),
       Refusal::kUnknownCoding},
      {"coding with a parameter", get_with("Host: h\r\nTransfer-Encoding: x;q=1 ,ChunkeD"),
       Refusal::kUnknownCoding},
      {"coding in a field before that of chunked",
       get_with("Host: h\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked"),
       Refusal::kUnknownCoding},
      {"chunked twice", get_with("Host: h\r\nTransfer-Encoding: chunked, chunked")},
      {"two Transfer-Encodings",
       get_with("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked")},
      {"misspelt chunked", get_with("Host: h\r\nTransfer-Encoding: xchunked")},
      {"empty Transfer-Encoding", get_with("Host: h\r\nTransfer-Encoding:")},
      {"chunked in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"no version", "GET /\r\nHost: h\r\n\r\n"},
      {"lower-case version", "GET / http/1.1\r\nHost: h\r\n\r\n"},
      {"version without a digit", "GET / HTTP/1.\r\nHost: h\r\n\r\n"},
      {"version with a blank", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n"},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"tab as blank", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"leading blank", " GET / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"relative target", "GET a HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"non-ASCII target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"asterisk for GET", "GET * HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"other scheme", "GET ftp://h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"user info in the target", "GET http://a@h/ HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"chunk size with a sign", chunked("+5\r\nhello\r\n0\r\n\r\n")},
      {"chunk size with 0x", chunked("0x5\r\nhello\r\n0\r\n\r\n")},
      {"empty chunk size", chunked("\r\nhello\r\n0\r\n\r\n")},
      {"chunk size over 64 bits", chunked("10000000000000000\r\n")},
      {"bare LF after a chunk size", chunked("5\nhello\r\n0\r\n\r\n")},
      {"bare CR after a chunk size", chunked("5\rhello\r\n0\r\n\r\n")},
      {"chunk longer than its size", chunked("4\r\nhello\r\n0\r\n\r\n")},
      {"bare LF after a chunk", chunked("5\r\nhello\n0\r\n\r\n")},
      {"bare LF in an extension", chunked("5;a\nb\r\nhello\r\n0\r\n\r\n")},
      {"extension without a name", chunked("5;\r\nhello\r\n0\r\n\r\n")},
      {"extension of a value alone", chunked("5;=a\r\nhello\r\n0\r\n\r\n")},
      {"extension without its value", chunked("5;a=\r\nhello\r\n0\r\n\r\n")},
      {"extension without a semicolon", chunked("5 a\r\nhello\r\n0\r\n\r\n")},
      {"blanks behind a size", chunked("5 \r\nhello\r\n0\r\n\r\n")},
      {"extension with a blank in its value", chunked("5;a=b c\r\nhello\r\n0\r\n\r\n")},
      {"extension with an open quote", chunked("5;a=\"b\r\nhello\r\n0\r\n\r\n")},
      {"extension with more behind its quote", chunked("5;a=\"b\"c\r\nhello\r\n0\r\n\r\n")},
      {"escaped control in an extension", chunked("5;a=\"\\\x01\"\r\nhello\r\n0\r\n\r\n")},
      {"bare CR in an extension", chunked("5;a=\"\rb\"\r\nhello\r\n0\r\n\r\n")},
      {"NUL in an extension", chunked("5;a\0\r\nhello\r\n0\r\n\r\n"s)},
      {"bare LF after the last chunk", chunked("0\n\r\n")},
      {"bare LF at the end of trailers", chunked("0\r\n\n")},
      {"bare LF after a trailer", chunked("0\r\nX: y\n\r\n")},
      {"folded trailer", chunked("0\r\nX: y\r\n z\r\n\r\n")},
      {"NUL in a trailer", chunked("0\r\nX: \0y\r\n\r\n"s)},
      {"blank before a trailer's colon", chunked("0\r\nX : y\r\n\r\n")},
      {"extensions without end", chunked("5;" + std::string(100'000, 'a') + "\r\nhello\r\n")},
      {"unknown method", "BREW / HTTP/1.1\r\nHost: h\r\n\r\n", Refusal::kUnknownMethod},
      {"lower-case method", "get / HTTP/1.1\r\nHost: h\r\n\r\n", Refusal::kUnknownMethod},
      {"a method llhttp knows and we do not", "PROPFIND / HTTP/1.1\r\nHost: h\r\n\r\n",
       Refusal::kUnknownMethod},
      {"method that is no token", "G@T / HTTP/1.1\r\nHost: h\r\n\r\n"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refusal::kVersionNotSupported},
      {"HTTP/0.9 written out", "GET / HTTP/0.9\r\n\r\n", Refusal::kVersionNotSupported},
      {"unknown expectation in a list", get_with("Host: h\r\nExpect: 100-continue, wonders"),
       Refusal::kExpectationFailed},
      {"unknown expectation in a line of its own",
       get_with("Host: h\r\nExpect: 100-continue\r\nExpect: wonders"), Refusal::kExpectationFailed},
      {"unknown expectation", get_with("Host: h\r\nExpect: wonders"), Refusal::kExpectationFailed},
      {"long target", "GET /" + std::string(8192, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n",
       Refusal::kUriTooLong},
      {"target without end", "GET /" + std::string(9000, 'a'), Refusal::kUriTooLong},
      {"long header", get_with("Host: h\r\nX: " + std::string(16'384, 'a')),
       Refusal::kHeaderTooLarge},
      {"header without end", "GET / HTTP/1.1\r\nX: " + std::string(17'000, 'a'),
       Refusal::kHeaderTooLarge},
      {"method without end", std::string(30'000, 'A'), Refusal::kUriTooLong},
      {"method longer than a target may be",
       std::string(16'000, 'A') + " / HTTP/1.1\r\nX: " + std::string(16'000, 'a'),
       Refusal::kUriTooLong},
      {"empty lines without end", empty_lines(20'000), Refusal::kHeaderTooLarge},
      {"TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s},
  };
}

TEST(RequestParser, RefusesWhatTheRfcCallsInvalid) {
  const Limits limits;
  for (const RefusedCase& refused : refused_cases()) {
    for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1'000'000}}) {
      RequestParser parser(limits);
      const Reading reading = read_in_pieces(parser, refused.text, piece);
      ASSERT_EQ(reading.state, State::kRefused) << refused.name << ", pieces of " << piece;
      EXPECT_EQ(parser.refusal(), refused.refusal) << refused.name;
    }
  }
}

TEST(RequestParser, BoundsTheNumberOfFieldsAndTrailers) {
  const Limits limits{.header_count_max = 3};
  RequestParser parser(limits);
  read_in_pieces(parser, get_with("Host: h\r\nA: 1\r\nB: 2"), 1000);
  EXPECT_EQ(parser.state(), State::kDone);
  parser.reset();
  read_in_pieces(parser, get_with("Host: h\r\nA: 1\r\nB: 2\r\nC: 3"), 1000);
  ASSERT_EQ(parser.state(), State::kRefused);
  EXPECT_EQ(parser.refusal(), Refusal::kHeaderTooLarge);
  parser.reset();
  read_in_pieces(parser, chunked("0\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"), 1000);
  ASSERT_EQ(parser.state(), State::kRefused);
  EXPECT_EQ(parser.refusal(), Refusal::kHeaderTooLarge);
}

TEST(RequestParser, TakesWhatIsJustWithinTheLimits) {
  const Limits limits;
  RequestParser parser(limits);
  const std::string target = "/" + std::string(limits.target_bytes_max - 1, 'a');
  const std::string head = "GET " + target + " HTTP/1.1\r\nHost: h\r\nX: ";
  const std::size_t fields = std::string_view("Host: h\r\nX: \r\n").size();
  read_in_pieces(parser, head + std::string(limits.header_bytes_max - fields, 'x') + "\r\n\r\n",
                 100'000);
  EXPECT_EQ(parser.state(), State::kDone);
  EXPECT_EQ(parser.request().path.size(), limits.target_bytes_max);
}

TEST(RequestParser, KeepsWhatItHadReadOfARefusedRequest) {
  const Limits limits;
  RequestParser parser(limits);
  read_in_pieces(parser, "GET /a?b HTTP/1.1\r\nHost: h\r\nBad field\r\n", 1000);
  ASSERT_EQ(parser.state(), State::kRefused);
  EXPECT_EQ(parser.request().path, "/a");
  EXPECT_EQ(parser.request().method, http::Method::kGet);
}

}  // namespace
}  // namespace vigie::net
