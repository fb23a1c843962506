#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "server/blob/azure_options.hpp"
#include "server/blob/http_client.hpp"
#include "server/blob/shared_key.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/result.hpp"
#include "server/net/waiting.hpp"

namespace vigie::blob {

/// One operation of the REST API ("Blob Storage REST API"). All that we use may be repeated.
struct AzureRequest {
  std::string method;
  /// Empty: the container.
  std::string blob;
  HttpRequest::Headers query;
  /// Names in lower case.
  HttpRequest::Headers headers;
  std::shared_ptr<const std::string> body;  // shared with the attempt that outlives its caller
  std::size_t response_bytes_max = std::size_t{64} * 1024;
};

/// Signs requests and has them sent by the pool; a span for each attempt. An attempt that was not
/// answered, or with 408, 429 or 5xx, is repeated twice, after growing pauses, while there is time.
/// Thread-safe.
class AzureClient {
 public:
  AzureClient(net::CpuPool& pool, const domain::Clock& clock, AzureOptions options);

  /// Any 2xx; and 400, 404, 409, 412 and 416, which mean what the operation says. Everything else
  /// is kUnavailable, with status, x-ms-error-code and x-ms-request-id as detail.
  domain::Result<HttpResponse> call(const domain::Context& context, const AzureRequest& request);
  /// What an answer that is no success says, for the log.
  static domain::Error refused(const AzureRequest& request, const HttpResponse& response);

  std::string url_of(std::string_view blob) const;
  std::string read_url(std::string_view blob, domain::Timestamp expires_at) const;
  net::CpuPool& pool() noexcept { return pool_; }

 private:
  domain::Result<HttpResponse> attempt(const domain::Context& context, const AzureRequest& request,
                                       int number);
  HttpRequest signed_request(const AzureRequest& request) const;

  net::CpuPool& pool_;
  const domain::Clock& clock_;
  const AzureOptions options_;
  const std::string path_;  // of the container
  const SharedKey key_;
  std::shared_ptr<HttpClient> http_;  // shared with attempts whose caller has left
};

}  // namespace vigie::blob
