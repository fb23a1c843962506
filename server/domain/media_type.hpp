#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/domain/context.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

enum class MediaKind : std::uint8_t { kImage, kAudio, kVideo, kDocument };

/// A type of content that is taken. A value over literals.
struct MediaType {
  /// The name that is stored and answered.
  std::string_view name;
  MediaKind kind;
  /// Other names that clients and libmagic have for it.
  std::array<std::string_view, 4> aliases{};
};

/// The list of what is allowed; everything else is refused.
inline constexpr auto kMediaTypes = std::to_array<MediaType>({
    {"image/jpeg", MediaKind::kImage, {"image/jpg", "image/pjpeg"}},
    {"image/png", MediaKind::kImage, {"image/x-png"}},
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

/// The type that a content has: what its bytes say, provided that it is allowed and what was
/// declared. kMediaTypeNotAllowed otherwise.
Result<const MediaType*> accepted_type(std::string_view declared, std::string_view sniffed);

/// How much of a content's beginning is kept for the sniffing.
inline constexpr std::size_t kMediaHeadBytes = 4'096;

/// Port: tells a content's type by its bytes, never by what a client says. Thread-safe; may wait.
class MediaTypes {
 public:
  virtual ~MediaTypes() = default;
  /// `head` is the content's first kMediaHeadBytes bytes, or all of it when it has fewer. Answers
  /// with the name of a type, "application/octet-stream" when the bytes are of no known one.
  virtual Result<std::string> sniff(const Context& context, std::string_view head) = 0;
};

}  // namespace vigie::domain
