#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "server/domain/media_store.hpp"
#include "tests/fakes/fake_unit_of_work.hpp"
#include "tests/fakes/fault_switch.hpp"

namespace vigie::fakes {

/// Media in memory. Locks hold nobody up: the contract asks for undoing, not for isolation.
/// Thread-safe.
class FakeMediaStore : public domain::MediaStore, public FaultSwitch {
 public:
  domain::Result<domain::QuotaAnswer> insert(const domain::Context& context,
                                             const domain::Media& media,
                                             std::uint64_t quota_bytes) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const std::uint64_t used = used_by(media.owner_id);
    if (used + media.bytes > quota_bytes) return domain::QuotaAnswer{false, used};
    keep_for_undo(context);
    world_.media.emplace(media.id, media);
    return domain::QuotaAnswer{true, used + media.bytes};
  }

  domain::Result<std::uint64_t> bytes_used(const domain::Context& context,
                                           domain::AccountId owner) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    return used_by(owner);
  }

  domain::Result<std::optional<domain::Media>> find(const domain::Context& context,
                                                    domain::MediaId id) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = world_.media.find(id);
    return found == world_.media.end() ? std::nullopt : std::optional{found->second};
  }

  domain::Result<std::optional<domain::Media>> lock(const domain::Context& context,
                                                    domain::MediaId id) override {
    return find(context, id);
  }

  domain::Result<domain::MediaPage> list(const domain::Context& context,
                                         const domain::MediaQuery& query) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    domain::MediaPage page;
    for (const auto& [id, media] : world_.media) {
      if (matches(media, query)) page.items.push_back(media);
    }
    std::sort(page.items.begin(), page.items.end(), [](const auto& a, const auto& b) {
      return std::pair(a.created_at, a.id) > std::pair(b.created_at, b.id);
    });
    const auto limit = static_cast<std::size_t>(query.limit);
    if (page.items.size() > limit) {
      page.items.resize(limit);
      page.next = domain::MediaPosition{page.items.back().created_at, page.items.back().id};
    }
    return page;
  }

  domain::Result<std::vector<domain::MediaPart>> parts(const domain::Context& context,
                                                       domain::MediaId id) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::vector<domain::MediaPart> written;
    for (const auto& [number, kept] : world_.parts[id]) {
      if (kept.part) written.push_back(*kept.part);
    }
    return written;
  }

  domain::Result<std::int64_t> begin_part(const domain::Context& context, domain::MediaId id,
                                          std::uint32_t number) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = world_.media.find(id);
    if (found == world_.media.end()) return refusal(domain::Code::kNotFound);
    domain::Media& media = found->second;
    if (media.state != domain::MediaState::kUploading) {
      return refusal(domain::Code::kStatusChangeNotAllowed);
    }
    keep_for_undo(context);
    media.generation += 1;
    media.verified_hash.reset();
    world_.parts[id][number] = {media.generation, std::nullopt};
    return media.generation;
  }

  domain::Result<void> finish_part(const domain::Context& context, domain::MediaId id,
                                   const domain::MediaPart& part, std::int64_t generation,
                                   domain::Timestamp expires_at) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = world_.media.find(id);
    if (found == world_.media.end()) return refusal(domain::Code::kNotFound);
    auto& kept = world_.parts[id][part.number];
    if (kept.generation != generation) return refusal(domain::Code::kUploadBusy);
    keep_for_undo(context);
    kept.part = part;
    found->second.expires_at = expires_at;
    return {};
  }

  domain::Result<void> set_verified(const domain::Context& context, domain::MediaId id,
                                    const domain::ContentHash& hash,
                                    std::int64_t generation) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = world_.media.find(id);
    if (found == world_.media.end() || found->second.generation != generation) return {};
    keep_for_undo(context);
    found->second.verified_hash = hash;
    return {};
  }

  domain::Result<domain::BlobRecord> lock_blob(const domain::Context& context,
                                               const domain::ContentHash& hash,
                                               std::uint64_t bytes) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    keep_for_undo(context);
    return world_.blobs.try_emplace(hash, domain::BlobRecord{hash, bytes, 0, false}).first->second;
  }

  domain::Result<std::optional<domain::BlobRecord>> find_blob_locked(
      const domain::Context& context, const domain::ContentHash& hash) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    const auto found = world_.blobs.find(hash);
    return found == world_.blobs.end() ? std::nullopt : std::optional{found->second};
  }

  domain::Result<void> remove_blob(const domain::Context& context,
                                   const domain::ContentHash& hash) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    keep_for_undo(context);
    std::erase_if(world_.blobs,
                  [&](const auto& row) { return row.first == hash && row.second.references == 0; });
    return {};
  }

  domain::Result<void> complete(const domain::Context& context,
                                const domain::Media& media) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    keep_for_undo(context);
    domain::BlobRecord& blob = world_.blobs.at(*media.hash);
    blob.references += 1;
    blob.is_stored = true;
    world_.parts.erase(media.id);
    domain::Media kept = media;
    kept.verified_hash.reset();
    world_.media.at(media.id) = kept;
    return {};
  }

  domain::Result<void> update(const domain::Context& context, const domain::Media& media) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    keep_for_undo(context);
    world_.media.at(media.id) = media;
    return {};
  }

  domain::Result<void> forget(const domain::Context& context, const domain::Media& media) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    keep_for_undo(context);
    world_.media.erase(media.id);
    world_.parts.erase(media.id);
    if (!media.hash) return {};
    domain::BlobRecord& blob = world_.blobs.at(*media.hash);
    blob.references -= 1;
    if (blob.references == 0) blob.is_stored = false;
    return {};
  }

  domain::Result<std::vector<domain::MediaId>> expired_uploads(const domain::Context& context,
                                                               domain::Timestamp now,
                                                               std::int32_t limit) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    std::vector<std::pair<domain::Timestamp, domain::MediaId>> expired;
    for (const auto& [id, media] : world_.media) {
      if (is_abandoned(media, now)) expired.emplace_back(media.expires_at, id);
    }
    std::sort(expired.begin(), expired.end());
    std::vector<domain::MediaId> ids;
    for (const auto& row : expired) {
      if (ids.size() < static_cast<std::size_t>(limit)) ids.push_back(row.second);
    }
    return ids;
  }

  domain::Result<domain::MediaCounts> counts(const domain::Context& context,
                                             domain::Timestamp now) override {
    if (auto error = fault(context)) return *error;
    const std::lock_guard lock(mutex_);
    domain::MediaCounts counts;
    for (const auto& [id, media] : world_.media) {
      counts.by_state[static_cast<std::size_t>(media.state)] += 1;
      counts.bytes_used += media.bytes;
      counts.uploads_abandoned += is_abandoned(media, now) ? 1 : 0;
      const bool is_overdue = media.purge_at && *media.purge_at <= now;
      if (is_overdue) {
        counts.purge_due = std::min(counts.purge_due.value_or(*media.purge_at), *media.purge_at);
      }
    }
    count_owners(counts, now);
    return counts;
  }

  /// For tests: the record of a content, as it is.
  std::optional<domain::BlobRecord> blob(const domain::ContentHash& hash) {
    return *find_blob_locked({}, hash);
  }

 private:
  struct KeptPart {
    std::int64_t generation = 0;
    std::optional<domain::MediaPart> part;
  };
  struct World {
    std::map<domain::MediaId, domain::Media> media;
    std::map<domain::MediaId, std::map<std::uint32_t, KeptPart>> parts;
    std::map<domain::ContentHash, domain::BlobRecord> blobs;
  };

  static domain::Error refusal(domain::Code code) {
    return {.code = code, .message = std::string(domain::name_of(code))};
  }
  static bool is_abandoned(const domain::Media& media, domain::Timestamp now) {
    return media.state == domain::MediaState::kUploading && media.expires_at <= now;
  }
  static bool matches(const domain::Media& media, const domain::MediaQuery& query) {
    const bool is_meant =
        query.event ? media.event_id == query.event && media.state != domain::MediaState::kUploading
                    : media.owner_id == query.owner;
    const bool is_beyond = !query.after || std::pair(media.created_at, media.id) <
                                               std::pair(query.after->created_at, query.after->id);
    return is_meant && is_beyond && media.state != domain::MediaState::kDeleted;
  }
  /// Called with the lock held.
  void count_owners(domain::MediaCounts& counts, domain::Timestamp now) const {
    std::map<domain::AccountId, std::pair<int, int>> recent;  // processed, failed
    for (const auto& [id, media] : world_.media) {
      const bool is_deleted = media.state == domain::MediaState::kDeleted;
      const domain::MediaState state = is_deleted ? media.restored_state : media.state;
      const bool has_failed = state == domain::MediaState::kFailed;
      const bool is_meant = (has_failed || state == domain::MediaState::kReady) &&
                            media.type.starts_with("image/") && media.completed_at &&
                            *media.completed_at > now - std::chrono::hours(1);
      if (!is_meant) continue;
      recent[media.owner_id].first += 1;
      recent[media.owner_id].second += has_failed ? 1 : 0;
    }
    for (const auto& [owner, count] : recent) {
      counts.owners_processed += 1;
      counts.owners_failing += 2 * count.second > count.first ? 1 : 0;
    }
  }
  /// Called with the lock held.
  std::uint64_t used_by(domain::AccountId owner) const {
    std::uint64_t used = 0;
    for (const auto& [id, media] : world_.media) used += media.owner_id == owner ? media.bytes : 0;
    return used;
  }
  /// Called with the lock held.
  void keep_for_undo(const domain::Context& context) {
    record_undo(context, [this, before = world_] {
      const std::lock_guard undo_lock(mutex_);
      world_ = before;
    });
  }

  mutable std::mutex mutex_;
  World world_;  // guarded by mutex_
};

}  // namespace vigie::fakes
