#include "server/domain/media_recognition.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "server/domain/big_endian.hpp"
#include "server/domain/ebml_document.hpp"
#include "server/domain/iso_base_media.hpp"
#include "server/domain/media_head.hpp"
#include "server/domain/mpeg_audio.hpp"
#include "server/domain/ogg_streams.hpp"

namespace vigie::domain {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMpegAudio = "audio/mpeg";
constexpr std::string_view kBlanks = " \t\r\n\f";

struct Signature {
  std::string_view bytes;
  std::string_view type;
  std::size_t at = 0;
};

/// Formats that say what they are by bytes at a fixed place.
constexpr auto kSignatures = std::to_array<Signature>({
    {"\x89PNG\r\n\x1a\n"sv, "image/png"},
    {"GIF87a"sv, "image/gif"},
    {"GIF89a"sv, "image/gif"},
    {"\0\0\0\x0cJXL \r\n\x87\n"sv, "image/jxl"},
    {"\xff\x0a"sv, "image/jxl"},
    {"\0\0\0\x0cjP  \r\n\x87\n"sv, "image/jp2"},
    {"\xff\x4f\xff\x51"sv, "image/jp2"},
    {"II*\0"sv, "image/tiff"},
    {"MM\0*"sv, "image/tiff"},
    {"II+\0"sv, "image/tiff"},
    {"MM\0+"sv, "image/tiff"},
    {"\0\0\1\0"sv, "image/x-icon"},
    {"8BPS"sv, "image/vnd.adobe.photoshop"},
    {"MThd"sv, "audio/midi"},
    {"#!AMR"sv, "audio/amr"},
    {"caff"sv, "audio/x-caf"},
    {"MAC "sv, "audio/x-ape"},
    {"wvpk"sv, "audio/x-wavpack"},
    {"FLV\1"sv, "video/x-flv"},
    {"\x30\x26\xb2\x75\x8e\x66\xcf\x11"sv, "video/x-ms-asf"},
    {"\0\0\1\xba"sv, "video/mpeg"},
    {"\0\0\1\xb3"sv, "video/mpeg"},
    {".RMF"sv, "application/vnd.rn-realmedia"},
    {"PK\3\4"sv, "application/zip"},
    {"\x1f\x8b"sv, "application/gzip"},
    {"7z\xbc\xaf\x27\x1c"sv, "application/x-7z-compressed"},
    {"Rar!\x1a\7"sv, "application/vnd.rar"},
    {"BZh"sv, "application/x-bzip2"},
    {"\xfd\x37zXZ\0"sv, "application/x-xz"},
    {"\x28\xb5\x2f\xfd"sv, "application/zstd"},
    {"!<arch>\n"sv, "application/x-archive"},
    {"ustar"sv, "application/x-tar", 257},
    {"\x7f"
     "ELF"sv,
     "application/x-executable"},
    {"MZ"sv, "application/x-dosexec"},
    {"#!"sv, "text/x-script"},
    {"%!PS"sv, "application/postscript"},
});

std::string_view signed_type(std::string_view head) noexcept {
  const auto* const found =
      std::find_if(kSignatures.begin(), kSignatures.end(), [&](const Signature& signature) {
        return head.size() > signature.at && head.substr(signature.at).starts_with(signature.bytes);
      });
  return found == kSignatures.end() ? std::string_view{} : found->type;
}

/// JPEG begins with SOI and another marker, before which there may be any number of bytes FF (ITU
/// T.81, B.1.1.2). SOF55 is JPEG-LS, which is another format.
std::string_view jpeg_type(std::string_view head) noexcept {
  if (!head.starts_with("\xff\xd8\xff")) return {};
  const std::size_t at = head.find_first_not_of('\xff', 2);
  if (at == std::string_view::npos) return {};
  const auto marker = static_cast<unsigned char>(head[at]);
  if (marker == 0xf7) return "image/jls";
  return marker >= 0xc0 ? "image/jpeg" : std::string_view{};
}

/// RIFF, and the forms of it whose lengths have 64 bits (EBU Tech 3306, ITU-R BS.2088).
std::string_view riff_type(std::string_view head) noexcept {
  constexpr std::size_t kFormAt = 8;
  if (head.size() < kFormAt) return {};
  const std::string_view form = head.substr(kFormAt);
  const bool is_long = head.starts_with("RF64") || head.starts_with("BW64");
  if (is_long) return form.starts_with("WAVEds64") ? "audio/wav" : std::string_view{};
  if (head.starts_with("FORM") && form.starts_with("AIF")) return "audio/aiff";
  if (!head.starts_with("RIFF")) return {};
  if (form.starts_with("WAVE")) return "audio/wav";
  if (form.starts_with("WEBPVP")) return "image/webp";
  return form.starts_with("AVI ") ? "video/x-msvideo" : std::string_view{};
}

/// The marker, and the block that must be the first (RFC 9639, 8.1 and 8.2).
bool is_flac(std::string_view text) noexcept {
  constexpr std::size_t kBlockAt = 4;
  constexpr std::uint64_t kStreamInfoBytes = 34;
  return text.size() >= 2 * kBlockAt && text.starts_with("fLaC") &&
         (big_endian(text.substr(kBlockAt, 4)) & 0x7fffffff) == kStreamInfoBytes;
}

/// APEv2 with a header, which may stand before the sound.
std::size_t ape_tag_bytes(std::string_view text) noexcept {
  constexpr std::size_t kHeaderBytes = 32;
  constexpr std::size_t kLengthAt = 12;
  if (text.size() < kHeaderBytes || !text.starts_with("APETAGEX")) return 0;
  std::size_t bytes = 0;  // the least significant byte comes first
  for (std::size_t at = kLengthAt + 4; at-- > kLengthAt;) {
    bytes = bytes << 8 | static_cast<unsigned char>(text[at]);
  }
  return kHeaderBytes + bytes;
}

bool is_frame_name(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

/// A tag that is longer than the part in which it begins: that it is one must be enough.
bool is_endless_tag(std::string_view text) noexcept {
  const std::string_view body = text.substr(Id3Tag::kHeaderBytes);
  const std::size_t name_bytes = text[3] == 2 ? 3 : 4;
  constexpr int kExtended = 0x40;
  return (text[5] & kExtended) != 0 ||
         (body.size() >= name_bytes && is_frame_name(body.substr(0, name_bytes)));
}

/// Decoders look for the first frame behind what is no sound: padding, and the rest of a frame of
/// which the beginning was cut off.
bool has_mpeg_audio(std::string_view text) noexcept {
  for (std::size_t at = text.find('\xff'); at != std::string_view::npos;
       at = text.find('\xff', at + 1)) {
    if (is_mpeg_audio_to_the_end(text.substr(at))) return true;
  }
  return false;
}

/// What stands behind the tags.
std::string_view sound_behind_tags(std::string_view text) noexcept {
  if (is_flac(text)) return "audio/flac";
  if (is_adts(text, 2)) return "audio/aac";
  if (is_mpeg_audio(text, 2)) return kMpegAudio;
  return has_mpeg_audio(text) ? kMpegAudio : std::string_view{};
}

/// A sound with tags before it, of which there may be several.
std::string_view tagged_type(std::string_view head) noexcept {
  bool is_tagged = false;
  std::string_view rest = head;
  while (true) {
    const auto id3 = id3_tag(rest);
    const std::uint64_t bytes = id3 ? id3->bytes() : ape_tag_bytes(rest);
    if (bytes == 0) break;
    if (bytes >= rest.size()) {
      return id3 && is_endless_tag(rest) && bytes > rest.size() ? kMpegAudio : std::string_view{};
    }
    is_tagged = true;
    rest.remove_prefix(static_cast<std::size_t>(bytes));
  }
  return is_tagged ? sound_behind_tags(rest) : std::string_view{};
}

std::string_view markup_type(std::string_view head) noexcept {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (head.starts_with(kMark)) head.remove_prefix(kMark.size());
  const std::size_t at = head.find_first_not_of(kBlanks);
  if (at == std::string_view::npos || head[at] != '<') return {};
  head.remove_prefix(at);
  if (head.find("<svg") != std::string_view::npos) return "image/svg+xml";
  return head.starts_with("<?xml") ? "text/xml" : "text/html";
}

/// The header lies anywhere in the first 1,024 bytes, whatever is before it; an old form of it
/// begins as PostScript does (Adobe's PDF Reference 1.7, appendix H, notes 13 and 14).
bool is_pdf(std::string_view head) noexcept {
  constexpr std::size_t kSearchedBytes = 1'024;
  constexpr std::string_view kHeader = "%PDF-";
  const std::string_view searched = head.substr(0, kSearchedBytes);
  const auto is_digit = [&](std::size_t at) {
    return at < head.size() && head[at] >= '0' && head[at] <= '9';
  };
  for (std::size_t at = searched.find(kHeader); at != std::string_view::npos;
       at = searched.find(kHeader, at + 1)) {
    if (is_digit(at + kHeader.size())) return true;
  }
  const bool is_old = head.starts_with("%!PS-Adobe-");
  return is_old && head.substr(0, head.find_first_of("\r\n")).find(" PDF-") != head.npos;
}

/// Of two readings, the one whose signature is longer or stands at the beginning comes first: what
/// is searched for comes last.
std::string_view type_of(std::string_view head) noexcept {
  for (const auto told : {jpeg_type, riff_type, iso_base_media_type, ebml_document_type, ogg_type,
                          tagged_type, markup_type}) {
    if (const auto type = told(head); !type.empty()) return type;
  }
  if (is_flac(head)) return "audio/flac";
  if (is_mpeg_audio(head, 2)) return kMpegAudio;
  if (is_adts(head, 2)) return "audio/aac";
  if (head.starts_with("%!PS") && is_pdf(head)) return "application/pdf";
  if (const auto type = signed_type(head); !type.empty()) return type;
  if (is_pdf(head)) return "application/pdf";
  return has_mpeg_audio(head) ? kMpegAudio : std::string_view{};
}

}  // namespace

std::string_view recognised_type(std::string_view head) noexcept {
  const std::string_view type = type_of(head.substr(0, kMediaHeadBytes));
  return type.empty() ? kUnknownType : type;
}

}  // namespace vigie::domain
