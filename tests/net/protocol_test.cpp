// HTTP/1.1 over real sockets (RFC 9110, RFC 9112).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/net/fixture.hpp"

namespace vigie::net::testing {
namespace {

using http::Refusal;

class Protocol : public ServerTest {
 protected:
  /// Sends one request and says what came back, the connection's end included.
  std::string exchange(const std::string& request) {
    Client client = this->client();
    client.send(request);
    client.finish_sending();
    return client.rest();
  }
};

TEST_F(Protocol, AnswersWithLengthAndDateAndWithoutServer) {
  Client client = this->client();
  const Answer answer = client.get("/a?b=c");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "GET /a?b=c");
  EXPECT_EQ(answer.field("content-length"), "10");
  EXPECT_EQ(answer.field("content-type"), "text/plain");
  EXPECT_EQ(answer.field("connection"), "(none)");
  EXPECT_EQ(answer.field("server"), "(none)");
  const std::string date = answer.field("date");
  EXPECT_EQ(date.size(), std::string("Sun, 06 Nov 1994 08:49:37 GMT").size()) << date;
}

TEST_F(Protocol, KeepsTheConnectionWithAndWithoutBeingAsked) {
  Client client = this->client();
  EXPECT_EQ(client.get("/1").body, "GET /1");
  client.send("GET /2 HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_EQ(client.answer().body, "GET /2");
  EXPECT_EQ(client.get("/3").body, "GET /3");
}

TEST_F(Protocol, ClosesWhenAsked) {
  Client client = this->client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.answer().field("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Protocol, ClosesWhenTheResponseMust) {
  application_.on_handle = [](http::Request&) {
    http::Response response = text(200, "last");
    response.must_close = true;
    return response;
  };
  Client client = this->client();
  EXPECT_EQ(client.get("/").field("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Protocol, Version10ClosesUnlessAskedToKeep) {
  Client closing = client();
  closing.send("GET / HTTP/1.0\r\n\r\n");
  const Answer answer = closing.answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_TRUE(closing.is_closed());
  Client keeping = client();
  for (int i = 0; i < 2; ++i) {
    keeping.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(keeping.answer().field("connection"), "keep-alive");
  }
}

TEST_F(Protocol, AnswersPipelinedRequestsInOrder) {
  application_.on_handle = [](http::Request& request) {
    // The earlier ones take longer.
    if (request.path == "/0") sleep_until(Clock::now() + 30ms);
    if (request.path == "/1") sleep_until(Clock::now() + 10ms);
    return text(200, std::string(request.path) + body_of(request));
  };
  Client client = this->client();
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    requests +=
        "POST /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  }
  client.send(requests);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.answer().body, "/" + std::to_string(i) + "ab");
}

TEST_F(Protocol, AnswersMorePipelinedRequestsThanItReadsAhead) {
  Client client = this->client();
  constexpr int kCount = 20'000;
  std::thread sender([&client] {
    for (int i = 0; i < kCount; ++i) client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  });
  int answered = 0;
  while (answered < kCount && client.answer().body == "GET /") ++answered;
  sender.join();
  EXPECT_EQ(answered, kCount);
}

TEST_F(Protocol, HeadHasTheLengthButNotTheBody) {
  Client client = this->client();
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
  const Answer answer = client.answer(true);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("content-length"), "7");
  EXPECT_EQ(client.get("/y").body, "GET /y");
}

TEST_F(Protocol, OptionsReachesTheApplication) {
  Client client = this->client();
  client.send("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.answer().body, "OPTIONS *");
}

TEST_F(Protocol, AnUnknownMethodIsRefused) {
  const std::string answer = exchange("BREW / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 501");
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kUnknownMethod});
}

TEST_F(Protocol, AnUnknownTransferCodingIsRefusedAndTheConnectionClosed) {
  const std::string answer = exchange(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"
      "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 501");
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("smuggled"), std::string::npos);
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kUnknownCoding});
}

TEST_F(Protocol, AnUnknownVersionIsRefused) {
  EXPECT_EQ(exchange("GET / HTTP/3.0\r\n\r\n").substr(0, 12), "HTTP/1.1 505");
}

TEST_F(Protocol, MalformedRequestsAreRefusedAndTheConnectionClosed) {
  using std::string_literals::operator""s;
  const std::vector<std::string> malformed = {
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3a\r\n\r\nabc",
      "GET / HTTP/1.1\nHost: h\n\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX: \0\r\n\r\n"s,
      "GET / HTTP/1.1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : h\r\n\r\n",
  };
  for (const std::string& request : malformed) {
    const std::string answer = exchange(request + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 400") << request;
    EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << request;
    EXPECT_EQ(answer.find("smuggled"), std::string::npos) << request;
  }
  EXPECT_EQ(application_.refusals(), std::vector(malformed.size(), Refusal::kMalformed));
}

TEST_F(Protocol, MalformedChunksAreRefusedAndTheConnectionClosed) {
  application_.on_handle = [](http::Request& request) { return text(200, body_of(request)); };
  const std::string answer = exchange(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n");
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 400");
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kMalformed});
}

TEST_F(Protocol, ContinueIsSentOnceTheBodyIsWanted) {
  application_.on_handle = [](http::Request& request) { return text(200, body_of(request)); };
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer().head, "HTTP/1.1 100 Continue\r\n");
  client.send("abc");
  EXPECT_EQ(client.answer().body, "abc");
  EXPECT_EQ(client.get("/").status, 200);
}

TEST_F(Protocol, ContinueIsNotSentForABodyThatIsRefused) {
  application_.on_admit = [](const http::Request&) {
    http::Admission admission;
    admission.refusal = text(401, "who are you?");
    return admission;
  };
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  const Answer answer = client.answer();
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Protocol, ATooLargeBodyIsRefusedBeforeItIsSent) {
  Client client = this->client();
  client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer().status, 413);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(Protocol, OtherExpectationsAreRefused) {
  const std::string answer =
      exchange("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: coffee\r\n\r\n");
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 417");
}

TEST_F(Protocol, ChunkedBodiesMayBeSplitAnywhere) {
  application_.on_handle = [](http::Request& request) {
    std::string body = body_of(request);
    return text(200, body + '|' + std::string(request.trailers.first("x-sum").value_or("none")));
  };
  const std::string request =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\nX-Sum: 11\r\n\r\n";
  Client client = this->client();
  // New connections go to the quietest of the two reactors: one of these is on the client's.
  Client neighbours[] = {this->client(), this->client()};
  for (Client* each : {&client, &neighbours[0], &neighbours[1]}) each->get("/");
  for (std::size_t split = 1; split < request.size(); ++split) {
    client.send(request.substr(0, split));
    // Its reactor has read the first piece once it answers what was sent afterwards.
    for (Client& neighbour : neighbours) neighbour.get("/");
    client.send(request.substr(split));
    ASSERT_EQ(client.answer().body, "hello world|11") << split;
  }
}

TEST_F(Protocol, DuplicateFieldsAreKeptInOrder) {
  application_.on_handle = [](http::Request& request) {
    std::string all;
    for (const http::HeaderView& field : request.headers.fields()) {
      all += std::string(field.name) + '=' + std::string(field.value) + ';';
    }
    return text(200, all);
  };
  Client client = this->client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX: 1\r\nCookie: a\r\nx: 2\r\nCookie: b\r\n\r\n");
  EXPECT_EQ(client.answer().body, "Host=h;X=1;Cookie=a;x=2;Cookie=b;");
}

TEST_F(Protocol, ResponseFieldsCannotBeSplit) {
  application_.on_handle = [](http::Request&) {
    http::Response response = text(200, "x");
    EXPECT_FALSE(response.headers.set("X-A", "a\r\nX-Injected: b"));
    EXPECT_FALSE(response.headers.add("X-B", "a\nX-Injected: b"));
    EXPECT_FALSE(response.headers.add("X-C", std::string("a\0b", 3)));
    EXPECT_TRUE(response.headers.add("X-D", "a"));
    EXPECT_TRUE(response.headers.add("X-D", "b"));
    return response;
  };
  Client client = this->client();
  const Answer answer = client.get("/");
  EXPECT_EQ(answer.head.find("Injected"), std::string::npos);
  EXPECT_EQ(answer.fields.count("x-d"), 2u);
}

TEST_F(Protocol, FramingFieldsOfTheApplicationAreIgnored) {
  application_.on_handle = [](http::Request&) {
    http::Response response = text(200, "four");
    response.headers.set("Content-Length", "999");
    response.headers.set("transfer-encoding", "chunked");
    response.headers.set("Connection", "upgrade");
    response.headers.set("Date", "yesterday");
    return response;
  };
  Client client = this->client();
  const Answer answer = client.get("/");
  EXPECT_EQ(answer.body, "four");
  EXPECT_EQ(answer.fields.count("content-length"), 1u);
  EXPECT_EQ(answer.fields.count("transfer-encoding"), 0u);
  EXPECT_EQ(answer.fields.count("connection"), 0u);
  EXPECT_EQ(answer.fields.count("date"), 1u);
}

TEST_F(Protocol, NoContentAndNotModifiedHaveNoBody) {
  application_.on_handle = [](http::Request& request) {
    return text(request.path == "/204" ? 204 : 304, "must not be sent");
  };
  Client client = this->client();
  for (const char* path : {"/204", "/304", "/204"}) {
    const Answer answer = client.get(path);
    EXPECT_EQ(answer.field("content-length"), "(none)");
    EXPECT_EQ(answer.field("transfer-encoding"), "(none)");
  }
}

TEST_F(Protocol, AHalfClosedClientGetsItsAnswer) {
  application_.on_handle = [](http::Request&) {
    sleep_until(Clock::now() + 20ms);
    return text(200, "late");
  };
  EXPECT_NE(exchange("GET / HTTP/1.1\r\nHost: h\r\n\r\n").find("late"), std::string::npos);
}

TEST_F(Protocol, PeerAddressAndTimeAreKnown) {
  application_.on_handle = [](http::Request& request) {
    const bool is_recent = Clock::now() - request.received_at < 5s;
    return text(200, std::string(request.peer_address) + (is_recent ? " recent" : " old"));
  };
  Client client = this->client();
  EXPECT_EQ(client.get("/").body, "127.0.0.1 recent");
}

TEST_F(Protocol, AnUnreadSmallBodyIsDroppedAndTheConnectionKept) {
  Client client = this->client();
  client.send("POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n");
  EXPECT_EQ(client.answer().body, "POST /1");
  client.send(std::string(60'000, 'x') + "GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.answer().body, "GET /2");
  client.send(
      "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.answer().body, "POST /3");
  EXPECT_EQ(client.answer().body, "GET /4");
}

TEST_F(Protocol, AnUnreadLargeBodyClosesButTheAnswerArrives) {
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
  client.send(std::string(300'000, 'x'));
  const Answer answer = client.answer();
  EXPECT_EQ(answer.body, "POST /");
  EXPECT_EQ(answer.field("connection"), "close");
}

TEST_F(Protocol, ConnectIsAnsweredAndClosed) {
  Client client = this->client();
  client.send("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\nsecret bytes");
  EXPECT_EQ(client.answer().body, "CONNECT h:443");
  EXPECT_TRUE(client.is_closed());
}

}  // namespace
}  // namespace vigie::net::testing
