#include "server/domain/blob_sweep.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace vigie::domain {
namespace {

constexpr std::size_t kPage = 500;
constexpr std::string_view kPreviews = "previews/";
constexpr std::string_view kUploads = "uploads/";
constexpr std::array<std::string_view, 3> kPrefixes = {"blobs/", kPreviews, kUploads};

}  // namespace

std::optional<ContentHash> content_of(const BlobKey& key) {
  constexpr std::size_t kHashDigits = 64;
  if (!key.starts_with("blobs/") && !key.starts_with(kPreviews)) return std::nullopt;
  const std::size_t shard = key.find('/') + 1;
  const std::size_t hash = key.find('/', shard) + 1;
  if (hash == 0 || hash + kHashDigits > key.size()) return std::nullopt;
  const auto content = ContentHash::parse(std::string_view(key).substr(hash, kHashDigits));
  if (!content) return std::nullopt;
  const bool is_ours = key == content_key(*content) || key.starts_with(previews_prefix(*content));
  return is_ours ? content : std::nullopt;
}

Result<void> BlobSweep::run(const Context& context, JobRun& run) {
  for (const std::string_view prefix : kPrefixes) {
    if (auto swept = sweep(context, prefix); !swept) return swept;
  }
  return within_unit(context, ports_.units,
                     [&](const Context& joined) { return run.finish(joined); });
}

Result<void> BlobSweep::sweep(const Context& context, std::string_view prefix) {
  BlobKey after;
  while (true) {
    const auto page = ports_.blobs.list(context, prefix, after, kPage);
    if (!page) return page.error();
    if (auto swept = sweep_page(context, *page); !swept) return swept;
    if (page->size() < kPage) return {};
    after = page->back().key;
  }
}

Result<void> BlobSweep::sweep_page(const Context& context,
                                   const std::vector<BlobStore::Listed>& page) {
  const Timestamp young_after = ports_.clock.now() - grace_;
  std::vector<BlobStore::Listed> old;
  std::ranges::copy_if(page, std::back_inserter(old), [&](const BlobStore::Listed& each) {
    return each.facts.modified_at <= young_after;
  });
  if (old.empty()) return {};
  std::vector<BlobKey> keys;
  keys.reserve(old.size());
  for (const BlobStore::Listed& each : old) keys.push_back(each.key);
  const auto are_named = ports_.references.are_referenced(context, keys);
  if (!are_named) return are_named.error();
  for (std::size_t i = 0; i < old.size(); ++i) {
    if ((*are_named)[i]) continue;
    if (auto removed = remove(context, old[i]); !removed) return removed;
  }
  return {};
}

Result<void> BlobSweep::remove(const Context& context, const BlobStore::Listed& orphan) {
  if (orphan.key.starts_with(kUploads)) {
    // An upload that is complete or gone never is one again: there is nobody to wait for.
    if (auto gone = ports_.blobs.abandon(context, orphan.key); !gone) return gone;
    ports_.observer.orphan_removed(context, Orphan::kUpload, orphan.key);
    return {};
  }
  const auto hash = content_of(orphan.key);
  return hash ? remove_content(context, *hash, orphan) : Result<void>();
}

Result<void> BlobSweep::remove_content(const Context& context, const ContentHash& hash,
                                       const BlobStore::Listed& orphan) {
  bool is_removed = false;
  auto done = within_unit(
      context, ports_.units,
      [&](const Context& joined) -> Result<void> {
        is_removed = false;
        const auto record =
            ports_.media.lock_blob(joined, hash, std::max<std::uint64_t>(orphan.facts.bytes, 1));
        if (!record) return record.error();
        if (record->is_stored || record->references > 0) return {};  // since we looked
        const auto are_named = ports_.references.are_referenced(joined, {orphan.key});
        if (!are_named) return are_named.error();
        if (!are_named->front()) {
          if (auto removed = ports_.blobs.remove(joined, orphan.key); !removed) return removed;
          is_removed = true;
        }
        return ports_.media.remove_blob(joined, hash);  // it was made for the lock
      },
      UnitPace::kSlow);
  if (!done) return done;
  if (is_removed) {
    const bool is_preview = orphan.key.starts_with(kPreviews);
    ports_.observer.orphan_removed(context, is_preview ? Orphan::kPreview : Orphan::kContent,
                                   orphan.key);
  }
  return {};
}

}  // namespace vigie::domain
