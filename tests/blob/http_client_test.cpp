#include "server/blob/http_client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>

#include "tests/blob/scripted_server.hpp"

namespace vigie::blob::testing {
namespace {

using namespace std::chrono_literals;

/// The environment's proxy is a server of the test.
class Proxied : public ::testing::Test {
 protected:
  Proxied() {
    ::setenv("http_proxy", ("http://127.0.0.1:" + std::to_string(proxy_.port())).c_str(), 1);
    ::unsetenv("no_proxy");
    ::unsetenv("NO_PROXY");
  }
  ~Proxied() override {
    ::unsetenv("http_proxy");
    ::unsetenv("NO_PROXY");
  }

  static std::string answer(const std::string& body) {
    return "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  static HttpResponse get(const std::string& url) {
    HttpClient client("test");
    return client.send({.method = "GET",
                        .url = url,
                        .response_bytes_max = 100,
                        .timeout = 10s,
                        .connect_timeout = 10s});
  }

  ScriptedServer proxy_{[](const std::string&) { return answer("by the proxy"); }};
};

TEST_F(Proxied, CallsGoThroughTheProxyOfTheEnvironment) {
  const HttpResponse response = get("http://account.blob.example.invalid/container");
  EXPECT_EQ(response.body, "by the proxy") << response.failure;
  ASSERT_EQ(proxy_.requests().size(), 1u);
  // RFC 9112, 3.2.2: to a proxy the target is whole.
  EXPECT_EQ(proxy_.requests()[0].rfind("GET http://account.blob.example.invalid/container ", 0), 0u)
      << proxy_.requests()[0];
}

TEST_F(Proxied, HostsOfNoProxyAreCalledDirectly) {
  ScriptedServer service([](const std::string&) { return answer("by itself"); });
  ::setenv("NO_PROXY", "127.0.0.1", 1);
  const HttpResponse response =
      get("http://127.0.0.1:" + std::to_string(service.port()) + "/container");
  EXPECT_EQ(response.body, "by itself") << response.failure;
  EXPECT_TRUE(proxy_.requests().empty());
}

}  // namespace
}  // namespace vigie::blob::testing
