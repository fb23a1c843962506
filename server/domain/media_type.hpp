#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/domain/result.hpp"

namespace vigie::domain {

enum class MediaKind : std::uint8_t { kImage, kAudio, kVideo, kDocument };

/// A type of content that is taken. A value over literals.
struct MediaType {
  /// The name that is stored and answered.
  std::string_view name;
  MediaKind kind;
  /// Other names that clients have for it.
  std::array<std::string_view, 4> aliases{};
};

/// The list of what is allowed; everything else is refused.
inline constexpr auto kMediaTypes = std::to_array<MediaType>({
    {"image/jpeg", MediaKind::kImage, {"image/jpg", "image/pjpeg"}},
    {"image/png", MediaKind::kImage, {"image/x-png", "image/apng", "image/vnd.mozilla.apng"}},
    {"image/webp", MediaKind::kImage},
    {"image/gif", MediaKind::kImage},
    {"image/avif", MediaKind::kImage},
    {"audio/mpeg", MediaKind::kAudio, {"audio/mp3", "audio/x-mp3", "audio/mpeg3"}},
    {"audio/ogg", MediaKind::kAudio, {"application/ogg", "audio/vorbis", "audio/opus"}},
    {"audio/flac", MediaKind::kAudio, {"audio/x-flac"}},
    {"audio/wav", MediaKind::kAudio, {"audio/x-wav", "audio/wave", "audio/vnd.wave"}},
    {"video/mp4", MediaKind::kVideo, {"audio/mp4", "audio/x-m4a", "video/x-m4v", "audio/m4a"}},
    {"video/webm", MediaKind::kVideo, {"audio/webm"}},
    {"application/pdf", MediaKind::kDocument, {"application/x-pdf"}},
});

/// The type of that name or alias, in any case; null when it is not allowed.
const MediaType* find_media_type(std::string_view name) noexcept;

/// The same of a media type as clients declare it (RFC 9110, 8.3.1), whose parameters have no say:
/// what they tell of a content (RFC 6381: its codecs) its bytes tell too. They are read as
/// leniently as browsers do, whose MediaRecorder says `video/webm;codecs=vp8,opus`.
const MediaType* declared_media_type(std::string_view declared) noexcept;

/// "image/jpeg, image/png, …"
std::string accepted_type_names();

/// The type that a content has: what it was recognised as, provided that it is allowed and what was
/// declared. kMediaTypeNotAllowed otherwise, which says both and names what is accepted.
Result<const MediaType*> accepted_type(std::string_view declared, std::string_view recognised);

}  // namespace vigie::domain
