#include "server/storage/blob_references.hpp"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/blob_sweep.hpp"
#include "server/domain/media.hpp"
#include "server/storage/sql/blobs.hpp"

namespace vigie::storage {
namespace {

constexpr std::string_view kUploads = "uploads/";

/// The row that would name a key: an upload's id, or a content's hash. Empty: there can be none.
std::string row_of(const domain::BlobKey& key) {
  if (const auto content = domain::content_of(key)) return content->to_string();
  if (!key.starts_with(kUploads)) return "";
  const auto id = domain::MediaId::parse(key.substr(kUploads.size()));
  return id ? id->to_string() : "";
}

/// Of backups, and of whatever is not ours.
bool is_nothing_we_know(const domain::BlobKey& key) {
  return !key.starts_with(kUploads) && !domain::content_of(key);
}

}  // namespace

domain::Result<std::vector<bool>> PgBlobReferences::are_referenced(
    const domain::Context& context, const std::vector<domain::BlobKey>& keys) {
  std::vector<std::string> uploads;
  std::vector<std::string> contents;
  for (const domain::BlobKey& key : keys) {
    std::string row = row_of(key);
    if (row.empty()) continue;
    (key.starts_with(kUploads) ? uploads : contents).push_back(std::move(row));
  }
  const auto rows = database_.exec(context, sql::blobs::kFindReferenced,
                                   Parameters().texts(uploads).texts(contents));
  if (!rows) return rows.error();
  std::set<std::string, std::less<>> named;
  for (int row = 0; row < rows->count(); ++row) named.insert(rows->string(row, 0));
  std::vector<bool> are_named;
  are_named.reserve(keys.size());
  for (const domain::BlobKey& key : keys) {
    are_named.push_back(is_nothing_we_know(key) || named.contains(row_of(key)));
  }
  return are_named;
}

domain::Result<bool> PgBlobReferences::has_contents(const domain::Context& context) {
  const auto rows = database_.exec(context, sql::blobs::kAny, Parameters());
  if (!rows) return rows.error();
  return rows->boolean(0, 0);
}

}  // namespace vigie::storage
