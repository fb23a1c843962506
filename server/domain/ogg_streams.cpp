#include "server/domain/ogg_streams.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace vigie::domain {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kCapture = "OggS";
constexpr std::size_t kVersionAt = 4;
constexpr std::size_t kFlagsAt = 5;
constexpr std::size_t kSegmentsAt = 26;
constexpr std::size_t kHeaderBytes = 27;
constexpr unsigned char kBeginsStream = 0x02;

/// What the first packet of a stream begins with (Xiph's "MIME Types and File Extensions").
constexpr auto kSounds =
    std::to_array<std::string_view>({"\x01vorbis", "OpusHead",
                                     "\x7f"
                                     "FLAC",
                                     "fLaC", "Speex   ", "CELT    ", "PCM     "});
constexpr auto kFilms =
    std::to_array<std::string_view>({"\x80theora",
                                     "\x80"
                                     "daala",
                                     "BBCD\0"sv, "OVP80", "\x01video\0"sv, "UVS     ", "YUV4MPEG"});

template <std::size_t kCount>
bool begins_with_one(const std::array<std::string_view, kCount>& names,
                     std::string_view packet) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return packet.starts_with(name); });
}

/// The body of the page that begins `rest`, if it is the first of its stream (RFC 3533, 6).
std::optional<std::string_view> take_first_page(std::string_view& rest) noexcept {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(rest[at]); };
  const bool is_page = rest.size() >= kHeaderBytes && rest.starts_with(kCapture) &&
                       byte(kVersionAt) == 0 && (byte(kFlagsAt) & kBeginsStream) != 0;
  if (!is_page) return std::nullopt;
  const std::size_t segments = byte(kSegmentsAt);
  if (rest.size() < kHeaderBytes + segments) return std::nullopt;
  std::size_t bytes = 0;
  for (std::size_t at = 0; at < segments; ++at) bytes += byte(kHeaderBytes + at);
  const std::string_view body = rest.substr(kHeaderBytes + segments, bytes);
  rest.remove_prefix(kHeaderBytes + segments + body.size());
  return body;
}

}  // namespace

std::string_view ogg_type(std::string_view head) noexcept {
  bool has_page = false;
  bool has_sound = false;
  while (const auto body = take_first_page(head)) {
    if (begins_with_one(kFilms, *body)) return "video/ogg";
    has_sound = has_sound || begins_with_one(kSounds, *body);
    has_page = true;
  }
  if (!has_page) return {};
  return has_sound ? "audio/ogg" : "application/ogg";
}

}  // namespace vigie::domain
