#include "server/blob/azure_source.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace vigie::blob {

using domain::Error;
using domain::Result;

namespace {

constexpr std::uint64_t kPortionBytes = std::uint64_t{4} * 1024 * 1024;

}  // namespace

AzureSource::AzureSource(AzureClient& client, const domain::Context& context, domain::BlobKey key,
                         std::uint64_t offset, std::uint64_t length)
    : client_(client), context_(context), key_(std::move(key)), offset_(offset), left_(length) {}

Result<void> AzureSource::begin() {
  if (left_ == 0) return {};
  auto fetched = fetch();
  is_fetched_ = fetched.ok();
  return fetched;
}

Result<std::string_view> AzureSource::next() {
  if (!is_fetched_) {
    if (left_ == 0) return std::string_view();
    if (auto fetched = fetch(); !fetched) return std::move(fetched).error();
  }
  is_fetched_ = false;
  return std::string_view(portion_);
}

Result<void> AzureSource::fetch() {
  const std::uint64_t count = std::min(left_, kPortionBytes);
  AzureRequest request{.method = "GET",
                       .blob = key_,
                       .headers = {{"x-ms-range", "bytes=" + std::to_string(offset_) + "-" +
                                                      std::to_string(offset_ + count - 1)}},
                       .response_bytes_max = count + std::size_t{64} * 1024};
  // All portions are of one content, or there is none.
  if (!etag_.empty()) request.headers.emplace_back("if-match", etag_);
  auto response = client_.call(context_, request);
  if (!response) return std::move(response).error();
  if (response->status == 404) {
    return Error{.code = domain::Code::kNotFound,
                 .message = "There is no such content.",
                 .detail = "no blob " + key_};
  }
  const bool is_too_short =
      response->status == 206 && response->body.size() < count && etag_.empty();
  if (response->status == 416 || is_too_short) {
    return Error{.code = domain::Code::kValidationFailed,
                 .message = "The range does not lie within the content.",
                 .detail = "range of " + key_};
  }
  if (response->status != 206 || response->body.size() != count) {
    return AzureClient::refused(request, *response);
  }
  etag_ = response->header("etag");
  portion_ = std::move(response->body);
  offset_ += count;
  left_ -= count;
  return {};
}

}  // namespace vigie::blob
