#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// The bytes of a spool's segment file, little-endian:
///
///   header   "VGSP", version (4 bytes), position of what was taken (8), the same inverted (8)
///   frames   length of the payload (4), records in it (4), CRC-32 of the payload (4),
///            CRC-32 of these twelve bytes (4), payload
///
/// A payload is an OTLP request: as it is in version 1, which is read and no longer written; gzip
/// in version 2. Checksums and lengths are of what lies on the disk.
/// The header's own checksum lets a damaged payload cost its frame alone. The position lies in the
/// file, not beside it: writing over bytes that are there succeeds on a full disk, and a rename
/// takes it along.
namespace vigie::telemetry::spool_format {

inline constexpr std::size_t kHeaderBytes = 24;
inline constexpr std::size_t kPositionAt = 8;
inline constexpr std::size_t kPositionBytes = 16;
inline constexpr std::size_t kFrameHeaderBytes = 16;

inline constexpr std::uint32_t kVersionPlain = 1;
inline constexpr std::uint32_t kVersionGzip = 2;
/// Of a request before it is compressed: what reading a frame may take of memory.
inline constexpr std::size_t kPlainBytesMax = std::size_t{16} << 20;

struct FrameHeader {
  std::uint32_t length = 0;
  std::uint32_t record_count = 0;
  std::uint32_t checksum = 0;
};

std::uint32_t checksum(std::string_view bytes) noexcept;

std::array<char, kPositionBytes> encode_position(std::uint64_t position) noexcept;
std::array<char, kHeaderBytes> encode_header(std::uint64_t position) noexcept;
std::array<char, kFrameHeaderBytes> encode_frame_header(std::string_view payload,
                                                        std::uint32_t record_count) noexcept;

/// Nothing when the file is no segment, or of a version that is not known.
std::optional<std::uint32_t> decode_version(const std::array<char, kHeaderBytes>& bytes) noexcept;
/// Nothing when the header's position is damaged.
std::optional<std::uint64_t> decode_position(const std::array<char, kHeaderBytes>& bytes) noexcept;
/// Nothing when the bytes are damaged.
std::optional<FrameHeader> decode_frame_header(
    const std::array<char, kFrameHeaderBytes>& bytes) noexcept;

}  // namespace vigie::telemetry::spool_format
