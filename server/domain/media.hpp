#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/blob_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"
#include "server/domain/job.hpp"

namespace vigie::domain {

using MediaId = Id<struct MediaTag>;

/// uploading → processing → ready or failed; each of these three ⇄ deleted. `failed` means that no
/// previews could be made: the content is there all the same.
enum class MediaState : std::uint8_t { kUploading, kProcessing, kReady, kFailed, kDeleted };

inline constexpr std::array<std::string_view, 5> kMediaStateNames = {"uploading", "processing",
                                                                     "ready", "failed", "deleted"};

constexpr std::string_view name_of(MediaState state) noexcept {
  return kMediaStateNames[static_cast<std::size_t>(state)];
}
std::optional<MediaState> parse_media_state(std::string_view text);

/// What a client says of a content that it is going to upload.
struct NewMedia {
  /// Data for people: it never becomes part of a path.
  std::string file_name;
  std::string type;
  std::int64_t bytes = 0;
  std::optional<ContentHash> hash;
  std::optional<EventId> event_id;
  /// Of all parts but the last; 0: the server's choice.
  std::int64_t part_bytes = 0;
};

/// What was found out about a content after its upload.
struct MediaFacts {
  /// In pixels, orientation applied; 0: the content has none.
  std::int32_t width = 0;
  std::int32_t height = 0;
  /// Names of previews that are there, as "small.webp".
  std::vector<std::string> previews;

  bool operator==(const MediaFacts&) const = default;
};

/// A file of somebody's: names, and the content that they are names of.
struct Media {
  MediaId id;
  AccountId owner_id;
  std::optional<EventId> event_id;
  MediaState state = MediaState::kUploading;
  std::string file_name;
  std::string declared_type;
  std::uint64_t bytes = 0;
  std::uint64_t part_bytes = 0;
  std::optional<ContentHash> declared_hash;
  Timestamp created_at{};
  Timestamp updated_at{};

  // While it is uploaded
  Timestamp expires_at{};
  /// Grows whenever the writing of a part begins.
  std::int64_t generation = 0;
  /// Of the parts of this generation, as one content.
  std::optional<ContentHash> verified_hash;

  // Once it is complete
  std::optional<ContentHash> hash;
  std::string type;
  std::optional<JobId> job_id;
  std::optional<Timestamp> completed_at;
  MediaFacts facts;
  /// Why there are no previews, for people.
  std::string failure;

  // While it is deleted
  /// What it is again when it is restored.
  MediaState restored_state = MediaState::kReady;
  std::optional<Timestamp> deleted_at;
  std::optional<Timestamp> purge_at;

  bool operator==(const Media&) const = default;
};

/// A part that was written completely, and may be joined with the others.
struct MediaPart {
  std::uint32_t number = 1;
  PartReceipt receipt;
  /// The content's first bytes, with part 1.
  std::string head;
};

/// Where a content, and what belongs to it, is stored. Shared by all media of the same content.
BlobKey content_key(const ContentHash& hash);
BlobKey preview_key(const ContentHash& hash, std::string_view name);
/// Of all previews of a content.
BlobKey previews_prefix(const ContentHash& hash);
BlobKey upload_key(MediaId id);

/// The names that previews may have: three sizes in two types.
inline constexpr std::array<std::string_view, 6> kPreviewNames = {
    "small.webp", "medium.webp", "large.webp", "small.jpeg", "medium.jpeg", "large.jpeg"};

/// 0-based offset and length of a part; nothing when the upload has no such part.
std::optional<PartPlace> part_place(const Media& media, std::uint32_t number);
std::uint32_t part_count(const Media& media);

struct MediaPosition {
  Timestamp created_at{};
  MediaId id;

  bool operator==(const MediaPosition&) const = default;
};

/// The newest first; what is deleted is left out.
struct MediaQuery {
  static constexpr std::int32_t kLimitMax = 100;
  static constexpr std::int32_t kLimitDefault = 20;

  /// Either the media of an event, without unfinished uploads, or all of an account.
  std::optional<EventId> event;
  /// Filled in by the use-case, never by the client.
  AccountId owner;
  std::int32_t limit = kLimitDefault;
  std::optional<MediaPosition> after;
};

struct MediaPage {
  std::vector<Media> items;
  /// Present when there is at least one beyond this page.
  std::optional<MediaPosition> next;
};

/// Limits and times of media, from the settings.
struct MediaLimits {
  /// A part of an upload of several: the last may be smaller.
  std::uint64_t part_bytes_min = std::uint64_t{5} << 20;
  std::uint64_t part_bytes_max = std::uint64_t{64} << 20;
  std::uint64_t bytes_max = std::uint64_t{5} << 30;
  /// Of an account: all that it has uploaded or is going to, until that is purged.
  std::uint64_t quota_bytes = std::uint64_t{20} << 30;
  /// Since its last part.
  std::chrono::milliseconds upload_lifetime = std::chrono::hours{24};
  std::chrono::milliseconds purge_after = std::chrono::hours{24 * 30};

  static constexpr std::uint32_t kPartsMax = 1'000;
  static constexpr std::size_t kFileNameCharactersMax = 255;
  /// Of a declared type with its parameters.
  static constexpr std::size_t kTypeBytesMax = 255;
};

}  // namespace vigie::domain
