#include "server/preview/program/webp_chunks.hpp"

#include <cstddef>
#include <cstdint>

namespace vigie::preview {
namespace {

constexpr std::size_t kFileHeaderBytes = 12;         // "RIFF", size, "WEBP"
constexpr std::size_t kChunkHeaderBytes = 8;         // name, size
constexpr char kMetadataFlags = 0x20 | 0x08 | 0x04;  // of VP8X: profile, EXIF, XMP

std::uint32_t number(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string little_endian(std::size_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

bool is_metadata(std::string_view chunk) {
  return chunk.starts_with("EXIF") || chunk.starts_with("XMP ") || chunk.starts_with("ICCP");
}

}  // namespace

std::string without_metadata(std::string_view webp) {
  std::string kept;
  webp.remove_prefix(kFileHeaderBytes);
  while (webp.size() >= kChunkHeaderBytes) {
    const std::size_t content = number(webp.substr(4, 4));
    const std::string_view chunk = webp.substr(0, kChunkHeaderBytes + content + content % 2);
    webp.remove_prefix(chunk.size());
    if (is_metadata(chunk)) continue;
    const std::size_t flags = kept.size() + kChunkHeaderBytes;
    kept += chunk;
    if (chunk.starts_with("VP8X")) kept[flags] = static_cast<char>(kept[flags] & ~kMetadataFlags);
  }
  return "RIFF" + little_endian(kept.size() + 4) + "WEBP" + kept;
}

}  // namespace vigie::preview
