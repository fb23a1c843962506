#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace vigie::blob {

struct HttpRequest {
  using Headers = std::vector<std::pair<std::string, std::string>>;

  std::string method;
  std::string url;
  Headers headers;
  /// Sent with PUT. Outlives the call.
  std::string_view body;
  std::size_t response_bytes_max = 0;
  std::chrono::milliseconds timeout{0};
  std::chrono::milliseconds connect_timeout{0};
};

/// An answer, or why there is none.
struct HttpResponse {
  /// 0: no answer came; `failure` says why.
  int status = 0;
  HttpRequest::Headers headers;  // names in lower case
  std::string body;
  std::string failure;

  std::string_view header(std::string_view name) const noexcept;
};

/// Requests over connections that are kept. Blocks the calling thread, each time within the
/// request's timeout: for a pool's threads (decision 26). Redirects are not followed. Proxies are
/// those of the environment, as libcurl reads it: http_proxy, HTTPS_PROXY, NO_PROXY. Thread-safe.
class HttpClient {
 public:
  explicit HttpClient(std::string user_agent);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  HttpResponse send(const HttpRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> take();
  void give_back(std::unique_ptr<Handle> handle);

  const std::string user_agent_;
  std::mutex mutex_;
  /// Guarded by mutex_. Those not in use, each with its connections: at most as many as threads
  /// call.
  std::vector<std::unique_ptr<Handle>> idle_;
};

}  // namespace vigie::blob
