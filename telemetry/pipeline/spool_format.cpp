#include "telemetry/pipeline/spool_format.hpp"

#include <zlib.h>

#include <bit>
#include <cstring>

namespace vigie::telemetry::spool_format {
namespace {

constexpr std::string_view kMagic = "VGSP";

static_assert(std::endian::native == std::endian::little, "words are copied as they are");

template <typename Word>
void put(char* at, Word word) noexcept {
  std::memcpy(at, &word, sizeof word);
}

template <typename Word>
Word take(const char* at) noexcept {
  Word word{};
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

std::uint32_t checksum(std::string_view bytes) noexcept {
  return static_cast<std::uint32_t>(
      crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::array<char, kPositionBytes> encode_position(std::uint64_t position) noexcept {
  std::array<char, kPositionBytes> bytes{};
  put(bytes.data(), position);
  put(bytes.data() + 8, ~position);
  return bytes;
}

std::array<char, kHeaderBytes> encode_header(std::uint64_t position) noexcept {
  std::array<char, kHeaderBytes> bytes{};
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  put(bytes.data() + 4, kVersionGzip);
  const auto encoded = encode_position(position);
  std::memcpy(bytes.data() + kPositionAt, encoded.data(), encoded.size());
  return bytes;
}

std::array<char, kFrameHeaderBytes> encode_frame_header(std::string_view payload,
                                                        std::uint32_t record_count) noexcept {
  std::array<char, kFrameHeaderBytes> bytes{};
  put(bytes.data(), static_cast<std::uint32_t>(payload.size()));
  put(bytes.data() + 4, record_count);
  put(bytes.data() + 8, checksum(payload));
  put(bytes.data() + 12, checksum({bytes.data(), 12}));
  return bytes;
}

std::optional<std::uint32_t> decode_version(const std::array<char, kHeaderBytes>& bytes) noexcept {
  const auto version = take<std::uint32_t>(bytes.data() + 4);
  if (std::string_view(bytes.data(), kMagic.size()) != kMagic || version < kVersionPlain ||
      version > kVersionGzip) {
    return std::nullopt;
  }
  return version;
}

std::optional<std::uint64_t> decode_position(const std::array<char, kHeaderBytes>& bytes) noexcept {
  const auto position = take<std::uint64_t>(bytes.data() + kPositionAt);
  if (take<std::uint64_t>(bytes.data() + kPositionAt + 8) != ~position) return std::nullopt;
  return position;
}

std::optional<FrameHeader> decode_frame_header(
    const std::array<char, kFrameHeaderBytes>& bytes) noexcept {
  if (take<std::uint32_t>(bytes.data() + 12) != checksum({bytes.data(), 12})) return std::nullopt;
  return FrameHeader{take<std::uint32_t>(bytes.data()), take<std::uint32_t>(bytes.data() + 4),
                     take<std::uint32_t>(bytes.data() + 8)};
}

}  // namespace vigie::telemetry::spool_format
