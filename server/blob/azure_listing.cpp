#include "server/blob/azure_listing.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "server/blob/blob_key.hpp"
#include "server/platform/core/http_date.hpp"

namespace vigie::blob {

using domain::BlobStore;
using domain::Result;

namespace {

constexpr std::size_t kPageMax = 1000;
constexpr std::size_t kPageBytesMax = std::size_t{8} * 1024 * 1024;

/// What stands between <name> and </name>; what we read of it needs no unescaping.
std::string_view element(std::string_view xml, std::string_view name) {
  const std::string open = "<" + std::string(name) + ">";
  const std::size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return {};
  const std::size_t end = xml.find("</" + std::string(name) + ">", begin);
  if (end == std::string_view::npos) return {};
  return xml.substr(begin + open.size(), end - begin - open.size());
}

}  // namespace

AzurePage parse_page(std::string_view xml, domain::Timestamp now) {
  AzurePage page{.blobs = {}, .next_marker = std::string(element(xml, "NextMarker"))};
  constexpr std::string_view kEnd = "</Blob>";
  for (std::size_t at = 0; (at = xml.find("<Blob>", at)) != std::string_view::npos;) {
    const std::size_t end = xml.find(kEnd, at);
    if (end == std::string_view::npos) break;
    const std::string_view blob = xml.substr(at, end - at);
    at = end + kEnd.size();
    const std::string_view name = element(blob, "Name");
    if (!is_blob_key(name)) continue;
    const std::string_view length = element(blob, "Content-Length");
    BlobStore::Listed listed{.key = std::string(name)};
    std::from_chars(length.data(), length.data() + length.size(), listed.facts.bytes);
    listed.facts.modified_at =
        core::parse_http_date(element(blob, "Last-Modified"), now).value_or(now);
    page.blobs.push_back(std::move(listed));
  }
  return page;
}

Result<AzurePage> AzureListing::page(const domain::Context& context, std::string_view prefix,
                                     const std::string& marker, std::size_t limit) {
  AzureRequest request{.method = "GET",
                       .query = {{"comp", "list"},
                                 {"include", "uncommittedblobs"},
                                 {"maxresults", std::to_string(std::min(limit, kPageMax))},
                                 {"restype", "container"}},
                       .response_bytes_max = kPageBytesMax};
  if (!prefix.empty()) request.query.emplace_back("prefix", prefix);
  if (!marker.empty()) request.query.emplace_back("marker", marker);
  auto response = client_.call(context, request);
  if (!response) return std::move(response).error();
  if (response->status != 200) return AzureClient::refused(request, *response);
  return parse_page(response->body, clock_.now());
}

Result<std::vector<BlobStore::Listed>> AzureListing::list(const domain::Context& context,
                                                          std::string_view prefix,
                                                          std::string_view after,
                                                          std::size_t limit) {
  std::vector<BlobStore::Listed> found;
  std::string marker = marker_after(prefix, after);
  while (found.size() < limit) {
    auto next = page(context, prefix, marker, limit);
    if (!next) return std::move(next).error();
    for (BlobStore::Listed& each : next->blobs) {
      if (each.key > after && found.size() < limit) found.push_back(std::move(each));
    }
    marker = next->next_marker;
    if (marker.empty()) break;
    const bool is_taken_whole = !found.empty() && found.back().key == next->blobs.back().key;
    if (found.size() == limit && is_taken_whole) keep(prefix, found.back().key, marker);
  }
  return found;
}

std::string AzureListing::marker_after(std::string_view prefix, std::string_view after) {
  const std::lock_guard lock(mutex_);
  return !after.empty() && prefix == prefix_ && after == after_ ? marker_ : "";
}

void AzureListing::keep(std::string_view prefix, std::string_view after, std::string marker) {
  const std::lock_guard lock(mutex_);
  prefix_ = prefix;
  after_ = after;
  marker_ = std::move(marker);
}

}  // namespace vigie::blob
