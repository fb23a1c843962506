// What one caller may hold of a server at once, seen over real sockets.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "tests/net/fixture.hpp"

namespace vigie::net::testing {
namespace {

using domain::Caller;
using http::PlaceOf;
using http::Refusal;

/// The caller is named in the path, "/address/name"; whatever is named "wait" lasts until the end.
class ServerShare : public ServerTest {
 protected:
  void SetUp() override {
    application_.on_admit = [](const http::Request& request) {
      http::Admission admission{.body_bytes_max = 1'000'000};
      const std::string_view path = request.path.substr(1);
      admission.caller = Caller::of_address(path.substr(0, path.find('/')));
      if (path.find("stream") != path.npos) admission.place_of = PlaceOf::kStreams;
      if (path.find("probe") != path.npos) admission.place_of = PlaceOf::kNone;
      return admission;
    };
    application_.on_handle = [this](http::Request& request) {
      const bool must_wait = request.path.find("wait") != request.path.npos;
      while (must_wait && !may_answer_) sleep_until(Clock::now() + 1ms);
      return text(200, "done");
    };
  }

  /// Begins `count` requests that last, each on its connection.
  void occupy(const std::string& path, std::size_t count) {
    const std::size_t before = server().load().requests_in_flight;
    for (std::size_t i = 0; i < count; ++i) {
      waiting_.push_back(client());
      waiting_.back().send("GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    }
    EXPECT_TRUE(eventually([&] { return server().load().requests_in_flight == before + count; }));
  }

  void TearDown() override {
    may_answer_ = true;
    waiting_.clear();
    ServerTest::TearDown();
  }

  std::atomic<bool> may_answer_{false};
  std::vector<Client> waiting_;
};

TEST_F(ServerShare, OfOneAddressIs429AndTheOthersAreServed) {
  start({.requests_in_flight_max = 10, .requests_per_address_max = 3});
  occupy("/192.0.2.1/wait", 3);
  Client greedy = client();
  EXPECT_EQ(greedy.get("/192.0.2.1/more").status, 429);
  EXPECT_EQ(client().get("/192.0.2.2/other").status, 200);
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kRequestsShareExceeded});
  may_answer_ = true;
  EXPECT_EQ(waiting_.front().answer().status, 200);
  EXPECT_TRUE(eventually([&] { return greedy.get("/192.0.2.1/again").status == 200; }));
}

TEST_F(ServerShare, OfStreamsLeavesTheOtherRequestsAlone) {
  start({.requests_in_flight_max = 2, .streams_max = 10, .streams_per_address_max = 4});
  occupy("/192.0.2.1/stream/wait", 4);
  EXPECT_EQ(client().get("/192.0.2.1/stream").status, 429);
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kStreamsShareExceeded});
  EXPECT_EQ(client().get("/192.0.2.1/short").status, 200);
  EXPECT_EQ(client().get("/192.0.2.2/stream").status, 200);
  // The last answer's place is given back once its client has taken it.
  EXPECT_TRUE(eventually([&] { return server().pools().streams.load().held == 4u; }));
  EXPECT_EQ(server().pools().requests.load().held, 0u);
}

TEST_F(ServerShare, OfAPoolThatIsFullIs503) {
  start({.streams_max = 2});
  occupy("/192.0.2.1/stream/wait", 1);
  occupy("/192.0.2.2/stream/wait", 1);
  EXPECT_EQ(client().get("/192.0.2.3/stream").status, 503);
  EXPECT_EQ(server().pools().streams.load().refused, (std::array<std::uint64_t, 3>{0, 0, 1}));
}

TEST_F(ServerShare, IsNotNeededByAProbe) {
  start({.requests_in_flight_max = 1});
  occupy("/192.0.2.1/wait", 1);
  EXPECT_EQ(client().get("/192.0.2.1/probe").status, 200);
}

TEST_F(ServerShare, IsGivenBackByAClientThatLeaves) {
  start({.streams_max = 10, .streams_per_address_max = 1});
  application_.on_handle = [](http::Request& request) { return text(200, body_of(request)); };
  Client leaving = client();
  leaving.send("POST /192.0.2.1/stream HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nx");
  ASSERT_TRUE(eventually([&] { return server().pools().streams.load().held == 1; }));
  leaving.close();
  EXPECT_TRUE(eventually([&] { return server().pools().streams.load().held == 0; }));
}

TEST_F(ServerShare, OfAStreamIsHeldUntilTheClientHasTakenItsAnswer) {
  start({.streams_max = 10, .streams_per_address_max = 1});
  application_.on_handle = [](http::Request& request) {
    const bool is_long = request.path.find("long") != request.path.npos;
    return text(200, std::string(is_long ? 20'000'000 : 1, 'x'));
  };
  Client slow(server().port(), 4096);
  slow.send("GET /192.0.2.1/stream/long HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server().pools().streams.load().held == 1; }));
  EXPECT_EQ(client().get("/192.0.2.1/stream").status, 429);
  EXPECT_EQ(slow.answer().body.size(), 20'000'000u);
  EXPECT_TRUE(eventually([&] { return server().pools().streams.load().held == 0; }));
  EXPECT_EQ(client().get("/192.0.2.1/stream").status, 200);
}

TEST_F(ServerShare, OfConnectionsIsNotAProxys) {
  peers_are_proxies_ = true;
  start({.connections_per_address_max = 1});
  Client first = client();
  EXPECT_EQ(first.get("/").status, 200);
  EXPECT_EQ(client().get("/").status, 200);
}

/// Connections from addresses of the loopback network, idle after one answer.
TEST_F(ServerShare, IdleConnectionsOfWhoHoldsMostAreGivenUpFirst) {
  start({.connections_max = 20});
  std::vector<Client> greedy;
  for (int i = 0; i < 12; ++i) {
    greedy.emplace_back(server().port(), 0, "127.0.0.9");
    EXPECT_EQ(greedy.back().get("/").status, 200);
  }
  Client honest(server().port(), 0, "127.0.0.7");
  EXPECT_EQ(honest.get("/").status, 200);
  std::vector<Client> others;
  for (int i = 0; i < 12; ++i) {
    others.emplace_back(server().port(), 0, "127.0.0." + std::to_string(20 + i));
    EXPECT_EQ(others.back().get("/").status, 200);
  }
  EXPECT_EQ(honest.get("/").status, 200);
  for (Client& other : others) EXPECT_EQ(other.get("/").status, 200);
  EXPECT_GT(server().load().connections_given_up, 0u);
  EXPECT_EQ(server().load().connections_refused[0], 0u);
  EXPECT_TRUE(greedy.front().is_closed());  // the oldest
}

TEST_F(ServerShare, ManyRefusalsEndTheConnection) {
  start({.refusals_max = 3});
  application_.on_handle = [](http::Request& request) {
    return text(request.path == "/much" ? 429 : 200, "done");
  };
  Client client = this->client();
  for (const auto* path : {"/much", "/much", "/", "/much", "/much"}) {
    EXPECT_EQ(client.get(path).field("connection"), "(none)");
  }
  EXPECT_EQ(client.get("/much").field("connection"), "close");
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerShare, ARefusalEndsTheConnectionWhenTheseAreFew) {
  start({.connections_max = 1});
  application_.on_handle = [](http::Request&) { return text(429, "done"); };
  EXPECT_EQ(client().get("/").field("connection"), "close");
}

}  // namespace
}  // namespace vigie::net::testing
