#include "server/domain/media_purge.hpp"

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "server/domain/job_payload.hpp"

namespace vigie::domain {
namespace {

std::optional<Timestamp> time_of(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return Timestamp(std::chrono::microseconds(count));
}

}  // namespace

void begin_purge(Media& media, Timestamp now, std::chrono::milliseconds after) {
  media.restored_state = std::exchange(media.state, MediaState::kDeleted);
  media.deleted_at = now;
  media.updated_at = now;
  media.purge_at = now + after;
}

NewJob purge_job(const Media& media) {
  const std::string deleted_at = std::to_string(media.deleted_at->time_since_epoch().count());
  return {.kind = "media.purge",
          .lane = JobLane::kLow,
          .payload = PayloadWriter()
                         .text("media_id", media.id.to_string())
                         .text("hash", media.hash->to_string())
                         .text("deleted_at", deleted_at)
                         .take(),
          .run_at = media.purge_at,
          .unique_key = "media.purge:" + media.id.to_string() + ":" + deleted_at};
}

struct MediaPurge::Order {
  MediaId id;
  ContentHash hash;
  Timestamp deleted_at{};

  static std::optional<Order> of(const Job& job) {
    const auto id = MediaId::parse(payload_text(job.payload, "media_id").value_or(""));
    const auto hash = ContentHash::parse(payload_text(job.payload, "hash").value_or(""));
    const auto deleted_at = time_of(payload_text(job.payload, "deleted_at").value_or(""));
    if (job.payload_version != 1 || !id || !hash || !deleted_at) return std::nullopt;
    return Order{*id, *hash, *deleted_at};
  }
};

Result<void> MediaPurge::run(const Context& context, JobRun& run) {
  const auto order = Order::of(run.job());
  if (!order) {
    return Error{.code = Code::kValidationFailed, .message = "The payload is not understood."};
  }
  const auto is_forgotten = forget(context, *order);
  if (!is_forgotten) return is_forgotten.error();
  if (*is_forgotten) return remove_content(context, *order, run);
  return within_unit(context, ports_.units,
                     [&](const Context& joined) { return run.finish(joined); });
}

Result<bool> MediaPurge::forget(const Context& context, const Order& order) {
  auto step = PurgeStep::kForgotten;
  auto done = within_unit(context, ports_.units, [&](const Context& joined) -> Result<void> {
    step = PurgeStep::kForgotten;
    const auto found = ports_.media.lock(joined, order.id);
    if (!found) return found.error();
    if (!*found) {
      step = PurgeStep::kAlreadyGone;
      return {};
    }
    const Media& media = **found;
    if (media.deleted_at != order.deleted_at) {
      step = PurgeStep::kRestored;  // and perhaps deleted again: that has a job of its own
      return {};
    }
    if (*media.purge_at > ports_.clock.now()) {
      return Error{.code = Code::kUnavailable, .message = "The purge is not due yet."};
    }
    return ports_.media.forget(joined, media);
  });
  if (!done) return std::move(done).error();
  ports_.observer.media_purge(context, step, order.id);
  return step != PurgeStep::kRestored;
}

Result<void> MediaPurge::remove_content(const Context& context, const Order& order, JobRun& run) {
  auto step = PurgeStep::kRemoved;
  auto done = within_unit(
      context, ports_.units,
      [&](const Context& joined) -> Result<void> {
        step = PurgeStep::kRemoved;
        const auto blob = ports_.media.find_blob_locked(joined, order.hash);
        if (!blob) return blob.error();
        if (*blob && (*blob)->references > 0) {
          step = PurgeStep::kReferenced;
        } else if (*blob) {
          if (auto removed = remove_objects(joined, order.hash); !removed) return removed;
          if (auto gone = ports_.media.remove_blob(joined, order.hash); !gone) return gone;
        }
        return run.finish(joined);
      },
      UnitPace::kSlow);
  if (!done) return done;
  ports_.observer.media_purge(context, step, order.id);
  return {};
}

Result<void> MediaPurge::remove_objects(const Context& context, const ContentHash& hash) {
  for (const std::string_view name : kPreviewNames) {
    auto removed = ports_.blobs.remove(context, preview_key(hash, name));
    if (!removed) return removed;
  }
  return ports_.blobs.remove(context, content_key(hash));
}

}  // namespace vigie::domain
