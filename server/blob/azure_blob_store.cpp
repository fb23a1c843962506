#include "server/blob/azure_blob_store.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "server/blob/azure_blocks.hpp"
#include "server/blob/azure_client.hpp"
#include "server/blob/azure_listing.hpp"
#include "server/blob/azure_source.hpp"
#include "server/blob/key_faults.hpp"
#include "server/blob/offload.hpp"
#include "server/platform/core/http_date.hpp"

namespace vigie::blob {

using domain::BlobKey;
using domain::Context;
using domain::Error;
using domain::Result;

namespace {

constexpr std::size_t kBlockListBytesMax = std::size_t{16} * 1024 * 1024;

Error no_upload(const BlobKey& upload) {
  return {.code = domain::Code::kNotFound,
          .message = "A part of the upload is not there.",
          .detail = "upload " + upload};
}

AzureRequest put_block_list(const BlobKey& upload, const std::vector<std::string>& ids) {
  return {
      .method = "PUT", .blob = upload, .query = {{"comp", "blocklist"}}, .body = block_list(ids)};
}

/// Success for 2xx and `also`; else the answer as a failure.
Result<void> expect(AzureClient& client, const Context& context, const AzureRequest& request,
                    int also = 0) {
  auto response = client.call(context, request);
  if (!response) return std::move(response).error();
  if (response->status >= 300 && response->status != also) {
    return AzureClient::refused(request, *response);
  }
  return {};
}

/// Makes blocks the upload's content. kNotFound: one of them is not there.
Result<void> commit(AzureClient& client, const Context& context, const BlobKey& upload,
                    const std::vector<std::string>& ids) {
  const AzureRequest request = put_block_list(upload, ids);
  auto response = client.call(context, request);
  if (!response) return std::move(response).error();
  if (response->status == 201) return {};
  if (response->header("x-ms-error-code") == "InvalidBlockList") return no_upload(upload);
  return AzureClient::refused(request, *response);
}

/// The plan's blocks, then all others of the upload: those that are not named would be lost, and
/// parts that are being written are made of them.
Result<std::vector<std::string>> with_all_others(AzureClient& client, const Context& context,
                                                 const BlobKey& upload,
                                                 std::vector<std::string> ids) {
  const AzureRequest request{.method = "GET",
                             .blob = upload,
                             .query = {{"blocklisttype", "all"}, {"comp", "blocklist"}},
                             .response_bytes_max = kBlockListBytesMax};
  auto response = client.call(context, request);
  if (!response) return std::move(response).error();
  // An upload of nothing but empty parts has no blocks, and so is not there.
  if (response->status == 404 && ids.empty()) return ids;
  if (response->status == 404) return no_upload(upload);
  if (response->status != 200) return AzureClient::refused(request, *response);
  std::set<std::string, std::less<>> named(ids.begin(), ids.end());
  for (std::string& id : listed_blocks(response->body)) {
    if (named.insert(id).second) ids.push_back(std::move(id));
  }
  return ids;
}

Result<domain::ContentHash> hash_of(AzureClient& client, const Context& context, const BlobKey& key,
                                    std::uint64_t bytes) {
  const auto hash = std::make_shared<Sha256>();
  AzureSource source(client, context, key, 0, bytes);
  while (true) {
    auto portion = source.next();
    if (!portion) return std::move(portion).error();
    if (portion->empty()) return hash->finish();
    auto work = [hash, copy = std::string(*portion)]() -> Result<void> {
      hash->update(copy);
      return {};
    };
    if (auto done = offload(client.pool(), context.deadline, std::move(work)); !done) {
      return std::move(done).error();
    }
  }
}

Result<HttpResponse> head(AzureClient& client, const Context& context, const BlobKey& key) {
  const AzureRequest request{.method = "HEAD", .blob = key};
  auto response = client.call(context, request);
  if (!response || response->status == 200 || response->status == 404) return response;
  return AzureClient::refused(request, *response);
}

/// A copy under way is no object yet.
bool is_whole(const HttpResponse& response) {
  const std::string_view copy = response.header("x-ms-copy-status");
  return response.status == 200 && (copy.empty() || copy == "success");
}

/// Within the account, done by the service.
Result<void> copy(AzureClient& client, const Context& context, const BlobKey& from,
                  const BlobKey& to) {
  constexpr std::chrono::milliseconds kPause{100};
  const AzureRequest request{
      .method = "PUT", .blob = to, .headers = {{"x-ms-copy-source", client.url_of(from)}}};
  auto response = client.call(context, request);
  if (!response) return std::move(response).error();
  if (response->status >= 300) return AzureClient::refused(request, *response);
  std::string_view state = response->header("x-ms-copy-status");
  while (state == "pending") {
    net::sleep_until(std::min(std::chrono::steady_clock::now() + kPause, context.deadline));
    response = head(client, context, to);
    if (!response) return std::move(response).error();
    state = response->header("x-ms-copy-status");
  }
  if (state != "success") return AzureClient::refused(request, *response);
  return {};
}

}  // namespace

struct AzureBlobStore::Parts {
  Parts(net::CpuPool& pool, const domain::Clock& time, AzureOptions options)
      : clock(time), client(pool, time, std::move(options)), listing(client, time) {}

  const domain::Clock& clock;
  AzureClient client;
  AzureListing listing;
};

AzureBlobStore::AzureBlobStore(net::CpuPool& pool, const domain::Clock& clock, AzureOptions options)
    : parts_(std::make_unique<Parts>(pool, clock, std::move(options))) {}

AzureBlobStore::~AzureBlobStore() = default;

Result<std::unique_ptr<domain::PartSink>> AzureBlobStore::write_part(
    const Context& context, const domain::PartPlace& place) {
  if (auto fault = key_fault(place.upload)) return *fault;
  if (auto fault = part_fault(place)) return *fault;
  if (std::chrono::steady_clock::now() >= context.deadline) {
    return not_done(net::CpuPool::Outcome::kTimedOut);
  }
  return std::unique_ptr<domain::PartSink>(
      std::make_unique<AzurePartSink>(parts_->client, context, place));
}

Result<domain::ContentHash> AzureBlobStore::hash(const Context& context,
                                                 const domain::JoinPlan& plan) {
  if (auto fault = key_fault(plan.upload)) return *fault;
  const auto ids = block_ids(plan);
  if (!ids) return no_upload(plan.upload);
  auto all = with_all_others(parts_->client, context, plan.upload, *ids);
  if (!all) return std::move(all).error();
  auto committed = commit(parts_->client, context, plan.upload, *all);
  if (!committed) return std::move(committed).error();
  std::uint64_t bytes = 0;
  for (const domain::PartReceipt& receipt : plan.parts) bytes += receipt.bytes;
  return hash_of(parts_->client, context, plan.upload, bytes);
}

Result<void> AzureBlobStore::join(const Context& context, const domain::JoinPlan& plan,
                                  const BlobKey& key) {
  if (auto fault = key_fault(plan.upload)) return *fault;
  if (auto fault = key_fault(key)) return *fault;
  const auto ids = block_ids(plan);
  if (!ids) return no_upload(plan.upload);
  auto committed = commit(parts_->client, context, plan.upload, *ids);
  if (!committed) {
    if (committed.error().code != domain::Code::kNotFound) return committed;
    // When the upload is not there any more, whoever joined it has made the object.
    const auto found = find(context, key);
    if (!found) return found.error();
    return *found ? Result<void>() : committed;
  }
  if (auto copied = copy(parts_->client, context, plan.upload, key); !copied) return copied;
  return remove(context, plan.upload);
}

/// Staged blocks alone cannot be deleted: an empty list of blocks lets go of them.
Result<void> AzureBlobStore::abandon(const Context& context, const BlobKey& upload) {
  if (auto fault = key_fault(upload)) return *fault;
  if (auto emptied = commit(parts_->client, context, upload, {}); !emptied) return emptied;
  return remove(context, upload);
}

Result<void> AzureBlobStore::put(const Context& context, const BlobKey& key,
                                 std::string_view bytes) {
  if (auto fault = key_fault(key)) return *fault;
  return expect(parts_->client, context,
                {.method = "PUT",
                 .blob = key,
                 .headers = {{"x-ms-blob-type", "BlockBlob"}},
                 .body = std::make_shared<const std::string>(bytes)});
}

Result<std::optional<domain::BlobFacts>> AzureBlobStore::find(const Context& context,
                                                              const BlobKey& key) {
  if (auto fault = key_fault(key)) return *fault;
  const auto response = head(parts_->client, context, key);
  if (!response) return response.error();
  if (!is_whole(*response)) return std::optional<domain::BlobFacts>();
  domain::BlobFacts facts;
  const std::string_view length = response->header("content-length");
  std::from_chars(length.data(), length.data() + length.size(), facts.bytes);
  facts.modified_at = core::parse_http_date(response->header("last-modified"), parts_->clock.now())
                          .value_or(domain::Timestamp());
  return std::optional(facts);
}

Result<domain::BlobContent> AzureBlobStore::open(const Context& context, const BlobKey& key,
                                                 std::uint64_t offset, std::uint64_t length) {
  if (auto fault = key_fault(key)) return *fault;
  auto source = std::make_unique<AzureSource>(parts_->client, context, key, offset, length);
  if (auto begun = source->begin(); !begun) return std::move(begun).error();
  return domain::BlobContent(std::unique_ptr<domain::BlobSource>(std::move(source)));
}

std::optional<std::string> AzureBlobStore::read_url(const BlobKey& key,
                                                    domain::Timestamp expires_at) const {
  if (key_fault(key)) return std::nullopt;
  return parts_->client.read_url(key, expires_at);
}

Result<void> AzureBlobStore::remove(const Context& context, const BlobKey& key) {
  if (auto fault = key_fault(key)) return *fault;
  return expect(parts_->client, context, {.method = "DELETE", .blob = key}, 404);
}

Result<std::optional<std::uint64_t>> AzureBlobStore::free_bytes(const Context& /*context*/) {
  return std::optional<std::uint64_t>{};
}

Result<std::vector<domain::BlobStore::Listed>> AzureBlobStore::list(const Context& context,
                                                                    std::string_view prefix,
                                                                    std::string_view after,
                                                                    std::size_t limit) {
  return parts_->listing.list(context, prefix, after, limit);
}

}  // namespace vigie::blob
