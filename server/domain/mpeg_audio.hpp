#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace vigie::domain {

/// A tag of ID3v2 (id3.org, 3.1), which stands before the sound.
struct Id3Tag {
  static constexpr std::size_t kHeaderBytes = 10;

  std::uint64_t body_bytes = 0;    // without header and footer
  std::uint64_t footer_bytes = 0;  // 10 with one, in version 2.4
  std::uint64_t bytes() const noexcept { return kHeaderBytes + body_bytes + footer_bytes; }
};

/// The tag whose header begins `text`.
std::optional<Id3Tag> id3_tag(std::string_view text) noexcept;

/// Whether MPEG audio (ISO/IEC 11172-3, 13818-3, and their 2.5; all layers) begins `text`: so many
/// frames of one stream, each where the one before it ends.
bool is_mpeg_audio(std::string_view text, int frames) noexcept;

/// Whether frames of layer II or III, at least three, are all that `text` is, but for the end of a
/// frame that goes on behind it and a tag that stands behind the sound. For what is searched for in
/// the midst of bytes, where a few frames may be chance.
bool is_mpeg_audio_to_the_end(std::string_view text) noexcept;

/// As is_mpeg_audio(), of AAC in ADTS (ISO/IEC 13818-7, 6.2).
bool is_adts(std::string_view text, int frames) noexcept;

}  // namespace vigie::domain
