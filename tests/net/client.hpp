#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace vigie::net::testing {

struct Answer {
  int status = 0;
  std::string head;                                // status line and fields
  std::multimap<std::string, std::string> fields;  // names in lower case
  std::string body;

  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "(none)" : found->second;
  }
};

/// A raw HTTP/1.1 client: sends what it is told, byte for byte. Everything ends at a deadline by
/// throwing, so that no test hangs.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer_bytes = 0,
                  const std::string& own_address = "127.0.0.1")
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer_bytes > 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in own{};
    own.sin_family = AF_INET;
    ::inet_pton(AF_INET, own_address.c_str(), &own.sin_addr);
    ::bind(fd_, reinterpret_cast<const sockaddr*>(&own), sizeof own);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ =
        ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Client(Client&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        is_connected_(other.is_connected_),
        input_(std::move(other.input_)) {}
  Client& operator=(Client&&) = delete;
  ~Client() { close(); }

  bool is_connected() const { return is_connected_; }
  int fd() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  /// Closes with a reset.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }
  void finish_sending() { ::shutdown(fd_, SHUT_WR); }

  /// False when the server has closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  Answer get(std::string_view target) {
    send("GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n\r\n");
    return answer();
  }

  /// The next response; `to_head`: that of a HEAD request, which has no body.
  Answer answer(bool to_head = false) {
    Answer answer;
    std::size_t head_end = 0;
    while ((head_end = input_.find("\r\n\r\n")) == std::string::npos) must_fill();
    answer.head = input_.substr(0, head_end + 2);
    input_.erase(0, head_end + 4);
    parse_head(answer);
    const bool has_body =
        !to_head && answer.status >= 200 && answer.status != 204 && answer.status != 304;
    if (has_body) read_body(answer);
    return answer;
  }

  /// Everything until the server closes.
  std::string rest() {
    while (fill()) {
    }
    return std::exchange(input_, {});
  }
  /// True when the server closes without sending more.
  bool is_closed() { return rest().empty(); }
  /// At least `size` bytes, taken off the input.
  std::string take(std::size_t size) {
    while (input_.size() < size) must_fill();
    std::string taken = input_.substr(0, size);
    input_.erase(0, size);
    return taken;
  }
  /// True when bytes arrive within the time.
  bool has_input_within(std::chrono::milliseconds time) {
    pollfd readable{fd_, POLLIN, 0};
    return !input_.empty() || ::poll(&readable, 1, static_cast<int>(time.count())) == 1;
  }

 private:
  static constexpr int kDeadlineMs = 20'000;

  bool fill() {
    pollfd readable{fd_, POLLIN, 0};
    if (::poll(&readable, 1, kDeadlineMs) != 1) throw std::runtime_error("the server is silent");
    char buffer[65536];
    const ssize_t size = ::recv(fd_, buffer, sizeof buffer, 0);
    if (size <= 0) return false;
    input_.append(buffer, static_cast<std::size_t>(size));
    return true;
  }
  void must_fill() {
    if (!fill()) throw std::runtime_error("the server closed; before that: " + input_);
  }

  static void parse_head(Answer& answer) {
    answer.status = std::atoi(answer.head.c_str() + 9);
    std::string_view rest = answer.head;
    rest.remove_prefix(rest.find("\r\n") + 2);
    while (!rest.empty()) {
      const std::size_t end = rest.find("\r\n");
      const std::size_t colon = rest.find(": ");
      std::string name(rest.substr(0, colon));
      std::transform(name.begin(), name.end(), name.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      answer.fields.emplace(std::move(name), rest.substr(colon + 2, end - colon - 2));
      rest.remove_prefix(end + 2);
    }
  }

  void read_body(Answer& answer) {
    if (answer.fields.count("content-length") == 1) {
      answer.body = take(std::stoul(answer.field("content-length")));
    } else if (answer.field("transfer-encoding") == "chunked") {
      read_chunks(answer.body);
    } else {
      answer.body = rest();
    }
  }

  void read_chunks(std::string& body) {
    for (;;) {
      std::size_t line_end = 0;
      while ((line_end = input_.find("\r\n")) == std::string::npos) must_fill();
      const std::size_t size = std::stoul(take(line_end + 2), nullptr, 16);
      body += take(size);
      if (take(2) != "\r\n") throw std::runtime_error("a chunk does not end with CRLF");
      if (size == 0) return;
    }
  }

  int fd_ = -1;
  bool is_connected_ = false;
  std::string input_;
};

}  // namespace vigie::net::testing
