// The network layer alone, for wrk: answers every request with 13 bytes.
// Usage: vigie_net_bench_server [PORT [REACTORS]]; ends when its standard input does.
#include <cstdio>
#include <cstdlib>

#include "server/http/application.hpp"
#include "server/net/runtime.hpp"
#include "server/net/server.hpp"

namespace {

class Greeter final : public vigie::http::Application {
 public:
  vigie::http::Admission admit(const vigie::http::Request&) noexcept override { return {}; }
  vigie::http::Response handle(vigie::http::Request&) noexcept override { return answer(200); }
  vigie::http::Response refuse(vigie::http::Refusal,
                               const vigie::http::Request*) noexcept override {
    return answer(400);
  }

 private:
  static vigie::http::Response answer(int status) {
    vigie::http::Response response;
    response.status = status;
    response.headers.set("Content-Type", "text/plain");
    response.body = "Hello, World!";
    return response;
  }
};

}  // namespace

int main(int count, char** arguments) {
  const auto port = static_cast<std::uint16_t>(count > 1 ? std::atoi(arguments[1]) : 0);
  const auto reactors = static_cast<std::size_t>(count > 2 ? std::atoi(arguments[2]) : 1);
  Greeter greeter;
  vigie::net::Runtime runtime({.reactor_count = reactors});
  vigie::net::Server server(runtime, greeter, {.port = port});
  std::printf("%d\n", server.port());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
