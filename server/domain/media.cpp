#include "server/domain/media.hpp"

#include <algorithm>

namespace vigie::domain {
namespace {

/// Spread over 256 folders: no folder becomes large.
BlobKey sharded(std::string_view kind, const ContentHash& hash) {
  const std::string hex = hash.to_string();
  return std::string(kind) + '/' + hex.substr(0, 2) + '/' + hex;
}

}  // namespace

BlobKey content_key(const ContentHash& hash) { return sharded("blobs", hash); }

BlobKey preview_key(const ContentHash& hash, std::string_view name) {
  return previews_prefix(hash) + std::string(name);
}

BlobKey previews_prefix(const ContentHash& hash) { return sharded("previews", hash) + '/'; }

BlobKey upload_key(MediaId id) { return "uploads/" + id.to_string(); }

std::uint32_t part_count(const Media& media) {
  if (media.part_bytes == 0) return 0;
  return static_cast<std::uint32_t>((media.bytes + media.part_bytes - 1) / media.part_bytes);
}

std::optional<PartPlace> part_place(const Media& media, std::uint32_t number) {
  if (number < 1 || number > part_count(media)) return std::nullopt;
  const std::uint64_t offset = (number - std::uint64_t{1}) * media.part_bytes;
  return PartPlace{.upload = upload_key(media.id),
                   .number = number,
                   .offset = offset,
                   .bytes = std::min(media.part_bytes, media.bytes - offset)};
}

}  // namespace vigie::domain
