// Of MediaUploads: whether there is room for an upload.
#include <cstdint>
#include <utility>

#include "server/domain/media_uploads.hpp"
#include "server/domain/upload_errors.hpp"

namespace vigie::domain {

/// Reserved before it is stored: of many at once, none goes beyond the total.
Result<void> MediaUploads::admit(const Context& context, const Media& media) {
  if (auto reserved = ports_.room.reserve(media.bytes); !reserved) {
    return no_room(context, media, std::move(reserved).error());
  }
  const auto inserted = ports_.media.insert(context, media, limits_.quota_bytes);
  if (inserted && inserted->has_room) return {};
  ports_.room.give_back(media.bytes);
  if (!inserted) return inserted.error();
  return quota_exceeded(media.bytes, inserted->bytes_used, limits_.quota_bytes);
}

/// What an account has used up itself comes first: that it can do something about.
Error MediaUploads::no_room(const Context& context, const Media& media, Error reason) {
  const auto used = ports_.media.bytes_used(context, media.owner_id);
  if (!used) return used.error();
  const bool is_over = *used + media.bytes > limits_.quota_bytes;
  return is_over ? quota_exceeded(media.bytes, *used, limits_.quota_bytes) : std::move(reason);
}

/// Parts that are there are written over: they need no room.
Result<void> MediaUploads::has_room_for_rest(const Context& context, const Media& media) {
  if (ports_.room.fits(media.bytes)) return {};
  const auto parts = ports_.media.parts(context, media.id);
  if (!parts) return parts.error();
  std::uint64_t missing = media.bytes;
  for (const MediaPart& part : *parts) missing -= part.receipt.bytes;
  auto room = ports_.room.fits(missing);
  if (room) return {};
  Error reason = std::move(room).error();
  reason.faults.clear();  // the request has no field of that name
  return reason;
}

}  // namespace vigie::domain
