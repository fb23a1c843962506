#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/domain/blob_store.hpp"
#include "server/domain/clock.hpp"
#include "server/domain/context.hpp"
#include "server/domain/event_store.hpp"
#include "server/domain/job_queue.hpp"
#include "server/domain/media.hpp"
#include "server/domain/media_store.hpp"
#include "server/domain/observer.hpp"
#include "server/domain/result.hpp"
#include "server/domain/unit_of_work.hpp"

namespace vigie::domain {

/// A content that the caller may read.
struct Readable {
  BlobKey key;
  std::uint64_t bytes = 0;
  std::string type;
  /// Of these bytes, whatever their names: what entity tags are made of.
  std::string identity;
  Timestamp modified_at{};
  /// For people.
  std::string file_name;
};

/// Use-cases of media that are there: found, listed, read, deleted, restored. Every call acts for
/// `context.principal` and asks server/domain/media_policy.hpp first. Thread-safe.
class MediaLibrary {
 public:
  struct Ports {
    MediaStore& media;
    EventStore& events;
    BlobStore& blobs;
    JobQueue& jobs;
    UnitsOfWork& units;
    const Clock& clock;
    Observer& observer;
  };

  MediaLibrary(const Ports& ports, const MediaLimits& limits)
      : ports_(ports), purge_after_(limits.purge_after) {}

  /// A deleted one is found by its keepers alone.
  Result<Media> find(const Context& context, MediaId id);
  /// Of an event that the caller may see, or else the caller's own.
  Result<MediaPage> list(const Context& context, MediaQuery query);
  /// Gone for clients at once, and for good when it is purged. An unfinished upload is gone for
  /// good at once.
  Result<void> remove(const Context& context, MediaId id);
  /// kStatusChangeNotAllowed unless it is deleted; kNotFound when it is purged.
  Result<Media> restore(const Context& context, MediaId id);

  /// kNotFound while it is uploaded or deleted, whoever asks.
  Result<Readable> content(const Context& context, MediaId id);
  /// kNotFound for a preview that there is not, or not yet.
  Result<Readable> preview(const Context& context, MediaId id, std::string_view name);
  Result<BlobContent> open(const Context& context, const Readable& readable, std::uint64_t offset,
                           std::uint64_t length);
  /// Where the store itself gives it out for `lifetime`; nothing: it is read through us.
  std::optional<std::string> read_url(const Readable& readable, std::chrono::seconds lifetime);

 private:
  struct Seen {
    bool exists = false;
    Media media;
    std::optional<Event> event;
  };

  Result<Seen> look(const Context& context, MediaId id);
  Result<Media> visible(const Context& context, MediaId id);
  /// The media, locked, if it may be changed.
  Result<Media> lock_to_change(const Context& context, MediaId id);
  Result<void> remove_locked(const Context& context, Media& media);

  Ports ports_;
  std::chrono::milliseconds purge_after_;
};

}  // namespace vigie::domain
