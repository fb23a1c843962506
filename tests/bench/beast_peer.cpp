// A boost.beast asynchronous server with the answer of GET /livez, its values fixed.
// Usage: vigie_beast_peer [PORT]; ends when its standard input does.
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

class Session : public std::enable_shared_from_this<Session> {
 public:
  explicit Session(tcp::socket socket) : stream_(std::move(socket)) {
    stream_.socket().set_option(tcp::no_delay(true));
  }

  void read() {
    request_ = {};
    http::async_read(stream_, buffer_, request_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->write();
                     });
  }

 private:
  void write() {
    response_.emplace(http::status::ok, request_.version());
    response_->set(http::field::date, "Sat, 21 Nov 2026 00:00:00 GMT");
    response_->set(http::field::content_type, "application/json");
    response_->set(http::field::cache_control, "no-store");
    response_->set("RateLimit-Policy", R"("default";q=10000000;w=10)");
    response_->set("RateLimit", R"("default";r=9999999;t=1)");
    response_->set("X-Correlation-ID", "4d1f3e2a56500dece6b01ca524a68927");
    response_->set("traceparent", "00-4d1f3e2a56500dece6b01ca524a68927-ed696e5cc6189866-00");
    response_->keep_alive(request_.keep_alive());
    response_->body() = R"({"status":"live"})";
    response_->prepare_payload();
    http::async_write(stream_, *response_,
                      [self = shared_from_this()](beast::error_code error, std::size_t) {
                        if (!error && self->response_->keep_alive()) self->read();
                      });
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  std::optional<http::response<http::string_body>> response_;
};

void accept(tcp::acceptor& acceptor) {
  acceptor.async_accept([&acceptor](beast::error_code error, tcp::socket socket) {
    if (!error) std::make_shared<Session>(std::move(socket))->read();
    accept(acceptor);
  });
}

}  // namespace

int main(int count, char** arguments) {
  const auto port = static_cast<unsigned short>(count > 1 ? std::atoi(arguments[1]) : 0);
  asio::io_context context(1);
  tcp::acceptor acceptor(context, {asio::ip::make_address("127.0.0.1"), port});
  std::printf("%d\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  accept(acceptor);
  std::thread waits_for_end([&context] {
    while (std::getchar() != EOF) {
    }
    context.stop();
  });
  context.run();
  waits_for_end.join();
  return 0;
}
