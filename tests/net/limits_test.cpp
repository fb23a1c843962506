// Every limit of net::Limits, seen to hold over real sockets.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <string>
#include <vector>

#include "tests/net/fixture.hpp"

namespace vigie::net::testing {
namespace {

using http::Refusal;

class ServerLimits : public ServerTest {
 protected:
  void SetUp() override {
    application_.on_handle = [](http::Request& request) { return text(200, body_of(request)); };
  }
};

TEST_F(ServerLimits, ALongTargetIs414) {
  Client client = this->client();
  client.send("GET /" + std::string(8400, 'a'));  // not even ended
  EXPECT_EQ(client.answer().status, 414);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerLimits, ALargeHeaderIs431) {
  Client client = this->client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(17'000, 'a'));
  EXPECT_EQ(client.answer().status, 431);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerLimits, ManyFieldsAre431) {
  Client client = this->client();
  std::string request = "GET / HTTP/1.1\r\nHost: h\r\n";
  for (int i = 0; i < 100; ++i) request += "X: y\r\n";
  client.send(request);
  EXPECT_EQ(client.answer().status, 431);
}

TEST_F(ServerLimits, AnAnnouncedLargeBodyIs413) {
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n");
  EXPECT_EQ(client.answer().status, 413);
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kBodyTooLarge});
}

TEST_F(ServerLimits, AChunkedBodyThatGrowsTooLargeIs413) {
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "10000\r\n" + std::string(0x10000, 'x') + "\r\n";
  for (int i = 0; i < 17 && client.send(chunk); ++i) {
  }
  EXPECT_EQ(client.answer().status, 413);
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kBodyTooLarge});
}

TEST_F(ServerLimits, ASlowHeaderIs408) {
  start({.header_time_max = 100ms});
  Client client = this->client();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n");
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_TRUE(client.is_closed());
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kHeaderTimeout});
}

TEST_F(ServerLimits, ASlowSecondHeaderIs408) {
  start({.header_time_max = 500ms});  // the first one must be in time on a busy machine too
  Client client = this->client();
  EXPECT_EQ(client.get("/").status, 200);
  client.send("GET");
  EXPECT_EQ(client.answer().status, 408);
}

TEST_F(ServerLimits, ASilentNewConnectionIsClosed) {
  start({.header_time_max = 50ms});
  EXPECT_TRUE(client().is_closed());
  EXPECT_TRUE(application_.refusals().empty());
}

TEST_F(ServerLimits, AnIdleConnectionIsClosed) {
  start({.header_time_max = 10s, .idle_time_max = 50ms});
  Client client = this->client();
  EXPECT_EQ(client.get("/").status, 200);
  EXPECT_TRUE(client.is_closed());
}

TEST_F(ServerLimits, ASlowBodyIs408) {
  start({.body_rate_min = 1000, .body_rate_window = 100ms});
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nx");
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kBodyTooSlow});
}

TEST_F(ServerLimits, ABodyThatTricklesIs408) {
  start({.body_rate_min = 1000, .body_rate_window = 100ms});
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  while (!client.has_input_within(5ms)) client.send("x");
  EXPECT_EQ(client.answer().status, 408);
}

TEST_F(ServerLimits, ABodyThatLastsBeyondItsDeadlineIs408) {
  start({.body_rate_min = 1, .body_rate_window = 20ms});  // fast enough
  application_.on_admit = [](const http::Request& request) {
    return http::Admission{.body_bytes_max = 100'000, .body_deadline = request.received_at + 200ms};
  };
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  while (!client.has_input_within(5ms)) ASSERT_TRUE(client.send("x"));
  EXPECT_EQ(client.answer().status, 408);
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kBodyTooSlow});
}

TEST_F(ServerLimits, ABodyAtTheMinimumRateIsTaken) {
  start({.body_rate_min = 100, .body_rate_window = 200ms});
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 6000\r\n\r\n");
  for (int i = 0; i < 60; ++i) {
    client.send(std::string(100, 'x'));
    if (i < 59) {
      EXPECT_FALSE(client.has_input_within(10ms));
    }
  }
  EXPECT_EQ(client.answer().body.size(), 6000u);
}

TEST_F(ServerLimits, ASlowHandlerIsNotHeldAgainstTheBody) {
  start({.body_rate_min = 1000, .body_rate_window = 50ms});
  application_.on_handle = [](http::Request& request) {
    sleep_until(Clock::now() + 200ms);
    return text(200, body_of(request));
  };
  Client client = this->client();
  client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_EQ(client.answer().body, "abc");
}

TEST_F(ServerLimits, ConnectionsOverTheLimitAreToldAndCounted) {
  peers_are_proxies_ = true;  // whose idle connections are not given up
  start({.connections_max = 3});
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(client());
    EXPECT_EQ(clients.back().get("/").status, 200);
  }
  Client refused = client();
  refused.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(refused.answer().status, 503);
  EXPECT_TRUE(refused.is_closed());
  EXPECT_EQ(server().load().connections, 3u);
  EXPECT_EQ(server().load().connections_refused[0], 1u);
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kTooManyConnections});
  clients.pop_back();
  EXPECT_TRUE(eventually([&] { return server().load().connections == 2; }));
  EXPECT_EQ(client().get("/").status, 200);
}

TEST_F(ServerLimits, ConnectionsOfOneAddressAreLimitedByThemselves) {
  start({.connections_per_address_max = 2});
  Client first = client();
  Client second = client();
  EXPECT_EQ(first.get("/").status, 200);
  EXPECT_EQ(second.get("/").status, 200);
  EXPECT_EQ(client().answer().status, 429);
  EXPECT_EQ(server().load().connections_refused[1], 1u);
  EXPECT_EQ(server().load().connections, 2u);
}

TEST_F(ServerLimits, AFloodOfRefusedConnectionsIsJustClosed) {
  peers_are_proxies_ = true;  // whose idle connections are not given up
  start({.connections_max = 1});
  Client served = client();
  EXPECT_EQ(served.get("/").status, 200);
  std::vector<Client> flood;
  for (int i = 0; i < 300; ++i) flood.push_back(client());
  EXPECT_TRUE(eventually([&] { return server().load().connections_refused[0] == 300; }));
  EXPECT_EQ(served.get("/").status, 200);
}

TEST_F(ServerLimits, RequestsOverTheBoundAre503AndTheConnectionIsKept) {
  start({.requests_in_flight_max = 2});
  std::atomic<bool> may_answer{false};
  application_.on_handle = [&](http::Request& request) {
    while (request.path == "/wait" && !may_answer) sleep_until(Clock::now() + 1ms);
    return text(200, "done");
  };
  Client first = client();
  Client second = client();
  for (Client* waiting : {&first, &second}) {
    waiting->send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  ASSERT_TRUE(eventually([&] { return server().load().requests_in_flight == 2; }));
  Client third = client();
  EXPECT_EQ(third.get("/").status, 503);
  may_answer = true;
  EXPECT_EQ(first.answer().body, "done");
  EXPECT_EQ(second.answer().body, "done");
  EXPECT_EQ(third.get("/").body, "done");
  EXPECT_EQ(application_.refusals(), std::vector{Refusal::kTooManyRequests});
}

TEST_F(ServerLimits, AClientThatReadsNothingIsClosed) {
  start({.write_stall_max = 200ms});
  application_.on_handle = [](http::Request&) { return text(200, std::string(20'000'000, 'x')); };
  Client client(server().port(), 4096);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server().load().connections == 1; }));
  EXPECT_TRUE(eventually([&] { return server().load().connections == 0; }));
  EXPECT_EQ(server().load().readers_given_up, (std::array<std::uint64_t, 2>{1, 0}));
}

/// Takes a little, again and again: far less than a client of its kind could.
void sip(Client& client) {
  static_cast<void>(client.take(1'000));
  std::this_thread::sleep_for(10ms);
}

TEST_F(ServerLimits, AClientThatReadsTooSlowlyIsClosed) {
  start({.write_stall_max = 10s, .write_rate_min = 50'000'000, .write_rate_window = 200ms});
  application_.on_handle = [](http::Request&) { return text(200, std::string(20'000'000, 'x')); };
  Client client(server().port(), 4096);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_TRUE(eventually([&] { return server().load().connections == 1; }));
  EXPECT_THROW(
      {
        for (int i = 0; i < 1'000; ++i) sip(client);
      },
      std::runtime_error);
  EXPECT_TRUE(eventually([&] { return server().load().connections == 0; }));
  EXPECT_EQ(server().load().readers_given_up, (std::array<std::uint64_t, 2>{0, 1}));
}

TEST_F(ServerLimits, AClientThatReadsFastEnoughIsNot) {
  // The socket takes more only when a good part of its buffer is free: seldom at this pace.
  start({.write_stall_max = 400ms, .write_rate_min = 1'000, .write_rate_window = 300ms});
  application_.on_handle = [](http::Request&) { return text(200, std::string(20'000'000, 'x')); };
  Client client(server().port(), 4096);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  for (const auto end = Clock::now() + 1200ms; Clock::now() < end;) sip(client);
  EXPECT_EQ(server().load().connections, 1u);
  EXPECT_EQ(server().load().readers_given_up, (std::array<std::uint64_t, 2>{0, 0}));
}

TEST_F(ServerLimits, AStreamWithLittleToSayIsNotASlowReader) {
  start({.write_stall_max = 30ms, .write_rate_min = 50'000'000, .write_rate_window = 20ms});
  application_.on_handle = [](http::Request&) {
    http::Response response;
    response.body = http::BodyStream{[](http::BodyWriter& body) {
      for (int event = 0; event < 10 && body.write("data: 1\n\n"); ++event) {
        sleep_until(Clock::now() + 50ms);
      }
    }};
    return response;
  };
  EXPECT_EQ(client().get("/").body.size(), 90u);
  EXPECT_EQ(server().load().readers_given_up, (std::array<std::uint64_t, 2>{0, 0}));
}

TEST_F(ServerLimits, PipelinedRequestsWaitWhileTheAnswersAreNotTaken) {
  std::atomic<int> handled{0};
  application_.on_handle = [&](http::Request&) {
    ++handled;
    return text(200, std::string(4'000'000, 'x'));
  };
  Client client(server().port(), 4096);
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(requests);
  ASSERT_TRUE(eventually([&] { return handled > 0; }));
  EXPECT_EQ(Client(server().port()).get("/").status, 200);
  EXPECT_LE(handled, 5);  // what the kernel's buffers take, and this test's second client
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.answer().body.size(), 4'000'000u);
}

TEST_F(ServerLimits, WithoutDescriptorsConnectionsWait) {
  start();
  EXPECT_EQ(client().get("/").status, 200);
  // UndefinedBehaviorSanitizer needs descriptors the first time it sees a type: let it see this one
  // close before there are none.
  EXPECT_TRUE(eventually([&] { return server().load().connections == 0; }));
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  std::vector<int> fillers{::dup(0)};
  const rlimit tight{static_cast<rlim_t>(fillers.back()) + 8, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &tight);
  for (int fd = 0; (fd = ::dup(0)) >= 0;) fillers.push_back(fd);
  ::close(fillers.back());  // for the client, which leaves none for the server
  fillers.pop_back();
  Client late = client();
  late.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const bool was_counted = eventually([&] { return server().load().connections_refused[2] > 0; });
  for (const int fd : fillers) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(was_counted);
  EXPECT_EQ(late.answer().status, 200);
}

}  // namespace
}  // namespace vigie::net::testing
