#include "server/blob/http_client.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <cassert>
#include <stdexcept>

#include "server/net/waiting.hpp"

namespace vigie::blob {
namespace {

/// What is being received.
struct Receiving {
  HttpResponse& response;
  std::size_t bytes_max;
};

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* out) {
  auto& receiving = *static_cast<Receiving*>(out);
  if (receiving.response.body.size() + size * count > receiving.bytes_max) return 0;
  receiving.response.body.append(bytes, size * count);
  return size * count;
}

std::size_t take_header(char* bytes, std::size_t size, std::size_t count, void* out) {
  constexpr std::size_t kHeadersMax = 100;
  auto& headers = static_cast<Receiving*>(out)->response.headers;
  const std::string_view line(bytes, size * count);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || headers.size() >= kHeadersMax) return size * count;
  std::string name(line.substr(0, colon));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
  const std::size_t end = line.find_last_not_of(" \t\r\n");
  headers.emplace_back(std::move(name), begin == std::string_view::npos || end < begin
                                            ? std::string()
                                            : std::string(line.substr(begin, end + 1 - begin)));
  return size * count;
}

struct FreeList {
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
};

std::unique_ptr<curl_slist, FreeList> list_of(const HttpRequest::Headers& headers) {
  std::unique_ptr<curl_slist, FreeList> list(curl_slist_append(nullptr, "Expect:"));
  for (const auto& [name, value] : headers) {
    const std::string line = std::string(name).append(": ").append(value);
    list.reset(curl_slist_append(list.release(), line.c_str()));
  }
  return list;
}

/// How the method wants to be told to libcurl.
void set_method(CURL* curl, const HttpRequest& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
  } else if (request.method == "PUT") {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  } else {
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

}  // namespace

struct HttpClient::Handle {
  Handle() : curl(curl_easy_init()) {
    if (curl == nullptr) throw std::runtime_error("libcurl cannot be initialised");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }

  CURL* curl;
};

std::string_view HttpResponse::header(std::string_view name) const noexcept {
  const auto found = std::ranges::find(headers, name, &HttpRequest::Headers::value_type::first);
  return found == headers.end() ? std::string_view() : found->second;
}

HttpClient::HttpClient(std::string user_agent) : user_agent_(std::move(user_agent)) {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Handle> HttpClient::take() {
  const std::lock_guard lock(mutex_);
  if (idle_.empty()) return std::make_unique<Handle>();
  auto handle = std::move(idle_.back());
  idle_.pop_back();
  return handle;
}

void HttpClient::give_back(std::unique_ptr<Handle> handle) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(handle));
}

HttpResponse HttpClient::send(const HttpRequest& request) {
  assert(!net::on_fiber());  // pools do it, which nobody may wait for with a transaction open
  auto handle = take();
  CURL* const curl = handle->curl;
  HttpResponse response;
  Receiving receiving{response, request.response_bytes_max};
  const auto headers = list_of(request.headers);
  curl_easy_reset(curl);  // connections stay
  set_method(curl, request);
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, user_agent_.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receiving);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &receiving);
  const CURLcode code = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (code == CURLE_OK) {
    response.status = static_cast<int>(status);
  } else {
    response.failure = curl_easy_strerror(code);
  }
  give_back(std::move(handle));
  return response;
}

}  // namespace vigie::blob
