#include "server/domain/mpeg_audio.hpp"

#include <array>

#include "server/domain/big_endian.hpp"

namespace vigie::domain {
namespace {

constexpr std::size_t kFrameHeaderBytes = 4;
constexpr std::size_t kAdtsHeaderBytes = 7;

/// By layer: kbit/s of version 1, then of 2 and 2.5. Index 0 is a rate that is told nowhere, 15 is
/// not allowed.
using BitRates = std::array<std::uint16_t, 16>;
constexpr BitRates kVersion1Layer1 = {0,   32,  64,  96,  128, 160, 192, 224,
                                      256, 288, 320, 352, 384, 416, 448, 0};
constexpr BitRates kVersion1Layer2 = {0,   32,  48,  56,  64,  80,  96,  112,
                                      128, 160, 192, 224, 256, 320, 384, 0};
constexpr BitRates kVersion1Layer3 = {0,   32,  40,  48,  56,  64,  80,  96,
                                      112, 128, 160, 192, 224, 256, 320, 0};
constexpr BitRates kVersion2Layer1 = {0,   32,  48,  56,  64,  80,  96,  112,
                                      128, 144, 160, 176, 192, 224, 256, 0};
constexpr BitRates kVersion2Layers23 = {0,  8,  16, 24,  32,  40,  48,  56,
                                        64, 80, 96, 112, 128, 144, 160, 0};
constexpr std::array<std::uint32_t, 4> kSampleRates = {44'100, 48'000, 32'000, 0};

struct Frame {
  /// Version, layer and sample rate, which a stream keeps.
  std::uint32_t stream = 0;
  std::size_t bytes = 0;
};

std::uint32_t bit_rate(bool is_version1, std::uint32_t layer, std::uint32_t index) noexcept {
  if (!is_version1) return (layer == 1 ? kVersion2Layer1 : kVersion2Layers23)[index];
  if (layer == 1) return kVersion1Layer1[index];
  return (layer == 2 ? kVersion1Layer2 : kVersion1Layer3)[index];
}

/// The frame whose header (11172-3, 2.4.1.3) begins `text`.
std::optional<Frame> mpeg_frame(std::string_view text) noexcept {
  if (text.size() < kFrameHeaderBytes) return std::nullopt;
  const auto header = static_cast<std::uint32_t>(big_endian(text.substr(0, kFrameHeaderBytes)));
  const std::uint32_t version = header >> 19 & 3;      // 0: 2.5, 1: none, 2: 2, 3: 1
  const std::uint32_t layer = 4 - (header >> 17 & 3);  // 4: none
  const std::uint32_t padding = header >> 9 & 1;
  const bool is_version1 = version == 3;
  if (header >> 21 != 0x7ff || version == 1 || layer == 4) return std::nullopt;
  const std::uint32_t bits = 1'000 * bit_rate(is_version1, layer, header >> 12 & 15);
  const std::uint32_t divisor = is_version1 ? 1 : version == 2 ? 2 : 4;
  const std::uint32_t rate = kSampleRates[header >> 10 & 3] / divisor;
  if (bits == 0 || rate == 0) return std::nullopt;
  const std::uint32_t per_frame = layer == 3 && !is_version1 ? 72 : 144;
  const std::uint32_t bytes =
      layer == 1 ? 4 * (12 * bits / rate + padding) : per_frame * bits / rate + padding;
  return Frame{.stream = header & 0xfffe0c00, .bytes = bytes};
}

std::optional<Frame> adts_frame(std::string_view text) noexcept {
  if (text.size() < kAdtsHeaderBytes) return std::nullopt;
  constexpr std::uint32_t kSampleRatesMax = 12;
  const std::uint64_t header = big_endian(text.substr(0, kAdtsHeaderBytes));
  const auto fixed = static_cast<std::uint32_t>(header >> 24);  // its first four bytes
  const auto bytes = static_cast<std::size_t>(header >> 13 & 0x1fff);
  const bool has_sync = fixed >> 20 == 0xfff && (fixed >> 17 & 3) == 0;
  if (!has_sync || (fixed >> 10 & 15) > kSampleRatesMax || bytes < kAdtsHeaderBytes) {
    return std::nullopt;
  }
  return Frame{.stream = fixed & 0xfffffdc0, .bytes = bytes};
}

/// Of the last frame its header is enough.
template <typename Read>
bool is_chain(std::string_view text, int frames, Read read) noexcept {
  auto frame = read(text);
  const auto first = frame;
  for (int count = 1; frame && count < frames; ++count) {
    if (frame->bytes > text.size()) return false;
    text.remove_prefix(frame->bytes);
    frame = read(text);
    if (frame && frame->stream != first->stream) return false;
  }
  return frame.has_value();
}

}  // namespace

std::optional<Id3Tag> id3_tag(std::string_view text) noexcept {
  if (text.size() < Id3Tag::kHeaderBytes || !text.starts_with("ID3")) return std::nullopt;
  const auto byte = [text](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const int version = byte(3);
  const int flags = byte(5);
  constexpr int kFooter = 0x10;
  const bool is_length = ((byte(6) | byte(7) | byte(8) | byte(9)) & 0x80) == 0;
  if (version < 2 || version > 4 || !is_length || (flags & 0x0f) != 0) return std::nullopt;
  // Seven bits a byte, so that no length looks like a frame.
  const std::uint64_t bytes = std::uint64_t{byte(6)} << 21 | std::uint64_t{byte(7)} << 14 |
                              std::uint64_t{byte(8)} << 7 | std::uint64_t{byte(9)};
  const bool has_footer = version == 4 && (flags & kFooter) != 0;
  return Id3Tag{.body_bytes = bytes, .footer_bytes = has_footer ? Id3Tag::kHeaderBytes : 0};
}

bool is_mpeg_audio(std::string_view text, int frames) noexcept {
  return is_chain(text, frames, mpeg_frame);
}

bool is_mpeg_audio_to_the_end(std::string_view text) noexcept {
  constexpr int kFramesMin = 3;
  constexpr std::uint32_t kLayer = 0x00060000;
  constexpr std::uint32_t kLayer1 = 0x00060000;
  const auto first = mpeg_frame(text);
  if (!first || (first->stream & kLayer) == kLayer1) return false;
  for (int count = 1;; ++count) {
    const auto frame = mpeg_frame(text);
    if (!frame || frame->stream != first->stream) return false;
    if (frame->bytes + kFrameHeaderBytes > text.size()) return count >= kFramesMin;
    text.remove_prefix(frame->bytes);
    const bool is_tag = text.starts_with("TAG") || text.starts_with("APETAGEX");
    if (is_tag) return count >= kFramesMin;
  }
}

bool is_adts(std::string_view text, int frames) noexcept {
  return is_chain(text, frames, adts_frame);
}

}  // namespace vigie::domain
