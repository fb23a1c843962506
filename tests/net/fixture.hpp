#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/http/application.hpp"
#include "server/net/runtime.hpp"
#include "server/net/server.hpp"
#include "tests/net/client.hpp"

namespace vigie::net::testing {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

inline http::Response text(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.headers.set("Content-Type", "text/plain");
  response.body = std::move(body);
  return response;
}

/// The whole body of a request, or what its failure says.
inline std::string body_of(http::Request& request) {
  std::string body;
  for (;;) {
    const auto part = request.body->next();
    if (!part) return "failed: " + part.error().message;
    if (part.value().empty()) return body;
    body += part.value();
  }
}

/// Answers as the test says; refuses with the reason's status and remembers it.
class TestApplication final : public http::Application {
 public:
  std::function<http::Response(http::Request&)> on_handle = [](http::Request& request) {
    return text(200, std::string(request.method_name) + ' ' + std::string(request.target));
  };
  std::function<http::Admission(const http::Request&)> on_admit = [](const http::Request&) {
    http::Admission admission;
    admission.body_bytes_max = std::uint64_t{1024} * 1024;
    return admission;
  };

  http::Admission admit(const http::Request& request) noexcept override {
    return on_admit(request);
  }
  http::Response handle(http::Request& request) noexcept override { return on_handle(request); }
  http::Response refuse(http::Refusal reason, const http::Request*) noexcept override {
    constexpr int kStatuses[] = {400, 414, 431, 408, 413, 408, 417, 505,
                                 501, 501, 503, 503, 503, 429, 429, 429};
    const std::lock_guard lock(mutex_);
    refusals_.push_back(reason);
    return text(kStatuses[static_cast<int>(reason)], "refused");
  }

  std::vector<http::Refusal> refusals() {
    const std::lock_guard lock(mutex_);
    return refusals_;
  }

 private:
  std::mutex mutex_;
  std::vector<http::Refusal> refusals_;
};

/// True once `is_true` is, within ten seconds.
inline bool eventually(const std::function<bool()>& is_true) {
  const auto deadline = Clock::now() + 10s;
  while (!is_true()) {
    if (Clock::now() > deadline) return false;
    std::this_thread::sleep_for(1ms);
  }
  return true;
}

inline double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

class ServerTest : public ::testing::Test {
 protected:
  /// Call before the first client when the defaults will not do.
  Server& start(Limits limits = {}, bool reuse_port = false) {
    ServerOptions options{.reuse_port = reuse_port, .limits = limits};
    options.is_proxy = [this](std::string_view) { return peers_are_proxies_; };
    server_ = std::make_unique<Server>(runtime_, application_, options);
    return *server_;
  }
  Client client() { return Client(server().port()); }
  Server& server() { return server_ ? *server_ : start(); }
  void TearDown() override {
    server_.reset();
    EXPECT_EQ(runtime_.uncaught_exceptions(), exceptions_expected_);
  }

  std::uint64_t exceptions_expected_ = 0;
  bool peers_are_proxies_ = false;
  TestApplication application_;
  Runtime runtime_{{.reactor_count = 2, .fibers_max_per_reactor = 2048}};
  std::unique_ptr<Server> server_;
};

}  // namespace vigie::net::testing
