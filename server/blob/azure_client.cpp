#include "server/blob/azure_client.hpp"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "server/blob/offload.hpp"
#include "server/platform/core/http_date.hpp"
#include "server/platform/core/percent.hpp"
#include "telemetry/catalogue/attributes.hpp"
#include "telemetry/catalogue/spans.hpp"
#include "telemetry/trace.hpp"

namespace vigie::blob {

namespace attributes = telemetry::attributes;
using domain::Result;
using Clock = std::chrono::steady_clock;

namespace {

constexpr int kAttemptsMax = 3;

bool is_success(int status) noexcept { return status >= 200 && status < 300; }

/// The operation knows what it means.
bool is_answer(int status) noexcept {
  return is_success(status) || status == 400 || status == 404 || status == 409 || status == 412 ||
         status == 416;
}

/// In a container that is not there, no blob is: that says nothing of the blob.
bool is_store_away(const HttpResponse& response) noexcept {
  return response.status == 404 && response.header("x-ms-error-code") == "ContainerNotFound";
}

bool is_worth_repeating(const HttpResponse& response) noexcept {
  return response.status == 0 || response.status == 408 || response.status == 429 ||
         response.status >= 500;
}

/// Full jitter around a quarter of a second, then half of one.
std::chrono::milliseconds pause_before(int attempt) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::chrono::milliseconds(std::uniform_int_distribution<int>(50, 200 << attempt)(random));
}

void set_header(telemetry::Span& span, const telemetry::AttributeKey& key,
                const HttpResponse& response, std::string_view name) {
  const std::string_view value = response.header(name);
  if (!value.empty()) span.set(key, value);
}

/// Of the endpoint's URL.
std::string path_of(const std::string& endpoint) {
  const std::size_t host = endpoint.find("://");
  const std::size_t path = endpoint.find('/', host == std::string::npos ? 0 : host + 3);
  return path == std::string::npos ? "" : endpoint.substr(path);
}

std::string host_of(const std::string& endpoint) {
  const std::size_t begin = endpoint.find("://") + 3;
  return endpoint.substr(begin, endpoint.find_first_of(":/", begin) - begin);
}

}  // namespace

AzureClient::AzureClient(net::CpuPool& pool, const domain::Clock& clock, AzureOptions options)
    : pool_(pool),
      clock_(clock),
      options_(std::move(options)),
      path_(path_of(options_.endpoint) + "/" + options_.container),
      key_(options_.account, options_.key),
      http_(std::make_shared<HttpClient>("vigie")) {}

std::string AzureClient::url_of(std::string_view blob) const {
  std::string url = options_.endpoint + "/" + options_.container;
  return blob.empty() ? url : url.append("/").append(blob);
}

std::string AzureClient::read_url(std::string_view blob, domain::Timestamp expires_at) const {
  const bool is_tls = options_.endpoint.starts_with("https:");
  const std::string name = options_.container + "/" + std::string(blob);
  return url_of(blob) + "?" + key_.read_query(name, expires_at, is_tls ? "https" : "https,http");
}

HttpRequest AzureClient::signed_request(const AzureRequest& request) const {
  HttpRequest http{.method = request.method,
                   .url = url_of(request.blob),
                   .headers = request.headers,
                   .response_bytes_max = request.response_bytes_max,
                   .connect_timeout = options_.connect_timeout};
  for (const auto& [name, value] : request.query) {
    http.url += (http.url.find('?') == std::string::npos ? "?" : "&") + name + "=" +
                core::percent_encoded(value);
  }
  if (request.body != nullptr) http.body = *request.body;
  if (request.method == "PUT")
    http.headers.emplace_back("content-type", "application/octet-stream");
  http.headers.emplace_back("x-ms-date", core::http_date(clock_.now()));
  http.headers.emplace_back("x-ms-version", SharedKey::kVersion);
  const std::string path = request.blob.empty() ? path_ : path_ + "/" + request.blob;
  const std::string authorization = key_.authorization({.method = request.method,
                                                        .path = path,
                                                        .query = request.query,
                                                        .headers = http.headers,
                                                        .content_length = http.body.size()});
  http.headers.emplace_back("authorization", authorization);
  return http;
}

domain::Error AzureClient::refused(const AzureRequest& request, const HttpResponse& response) {
  std::string detail = response.status == 0 ? "no answer: " + response.failure
                                            : "status " + std::to_string(response.status);
  for (const char* name : {"x-ms-error-code", "x-ms-request-id"}) {
    const std::string_view value = response.header(name);
    if (!value.empty()) detail.append(", ").append(name).append(" ").append(value.substr(0, 64));
  }
  return {.code = domain::Code::kUnavailable,
          .message = "The store of contents is not available.",
          .detail = detail + ", " + request.method + " " + request.blob};
}

Result<HttpResponse> AzureClient::attempt(const domain::Context& context,
                                          const AzureRequest& request, int number) {
  telemetry::Span span(context.trace, telemetry::spans::kHttpClient);
  span.name(request.method);
  span.set(attributes::kHttpRequestMethod, request.method);
  span.set(attributes::kServerAddress, host_of(options_.endpoint));
  if (number > 0) span.set(attributes::kHttpResendCount, number);
  HttpRequest http = signed_request(request);
  // The deadline ends the wait; the thread is free soon after it.
  constexpr std::chrono::milliseconds kAfterDeadline{50};
  const auto now = Clock::now();
  const auto left = std::min(context.deadline, now + options_.request_timeout) - now;
  http.timeout =
      std::min(std::chrono::duration_cast<std::chrono::milliseconds>(left) + kAfterDeadline,
               options_.request_timeout);
  auto response = offload(pool_, context.deadline, [client = http_, http, body = request.body] {
    return Result(client->send(http));
  });
  if (!response) {
    span.error(domain::name_of(response.error().code));
    return response;
  }
  if (response->status != 0) span.set(attributes::kHttpResponseStatusCode, response->status);
  set_header(span, attributes::kAzureRequestId, *response, "x-ms-request-id");
  if (!is_success(response->status)) {
    set_header(span, attributes::kAzureErrorCode, *response, "x-ms-error-code");
    span.error(response->status == 0 ? "no_answer" : std::to_string(response->status),
               response->failure);
  }
  return response;
}

Result<HttpResponse> AzureClient::call(const domain::Context& context,
                                       const AzureRequest& request) {
  for (int number = 0;; ++number) {
    auto response = attempt(context, request, number);
    if (!response) return response;
    if (is_store_away(*response)) return refused(request, *response);
    if (is_answer(response->status)) return response;
    const auto again_at = Clock::now() + pause_before(number);
    const bool is_over = number + 1 >= kAttemptsMax || again_at >= context.deadline;
    if (is_over || !is_worth_repeating(*response)) return refused(request, *response);
    net::sleep_until(again_at);
  }
}

}  // namespace vigie::blob
