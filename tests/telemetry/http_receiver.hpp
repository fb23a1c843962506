#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace vigie::telemetry {

/// A web server for tests, on a free port of loopback: gives its prepared answers one after the
/// other, then the last one for ever, and keeps the requests.
class HttpReceiver {
 public:
  explicit HttpReceiver(std::deque<std::string> answers) : answers_(std::move(answers)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        listen(listener_, 8) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
  }
  ~HttpReceiver() {
    thread_.request_stop();
    thread_.join();
    close(listener_);
  }
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/v1/traces"; }
  /// Header and body of each request.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  static bool is_readable(int fd) {
    pollfd waiting{fd, POLLIN, 0};
    return poll(&waiting, 1, 20) > 0;
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      if (!is_readable(listener_)) continue;
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      while (!stop.stop_requested() && serve(stop, fd)) {
      }
      close(fd);
    }
  }

  // False once the client has gone.
  bool serve(const std::stop_token& stop, int fd) {
    std::string request;
    while (!is_complete(request)) {
      if (stop.stop_requested()) return false;
      if (!is_readable(fd)) continue;
      std::array<char, 4096> bytes{};
      const ssize_t count = recv(fd, bytes.data(), bytes.size(), 0);
      if (count <= 0) return false;
      request.append(bytes.data(), static_cast<std::size_t>(count));
    }
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const std::string answer = answers_.front();
    if (answers_.size() > 1) answers_.pop_front();
    return send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) > 0;
  }

  static bool is_complete(const std::string& request) {
    const std::size_t end = request.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const std::size_t at = request.find("Content-Length: ");
    const std::size_t length = at > end ? 0 : std::stoul(request.substr(at + 16));
    return request.size() >= end + 4 + length;
  }

  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::deque<std::string> answers_;
  std::vector<std::string> requests_;
  std::jthread thread_;
};

inline std::string http_answer(const std::string& status, const std::string& headers = "",
                               const std::string& body = "") {
  return "HTTP/1.1 " + status + "\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace vigie::telemetry
