#include "telemetry/gzip.hpp"

#include <zlib.h>

#include <cstring>
#include <stdexcept>

namespace vigie::telemetry {
namespace {

constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr std::size_t kTrailerBytes = 8;

void set_input(z_stream& stream, std::string_view bytes) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

void set_output(z_stream& stream, std::string& bytes) {
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
}

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib cannot be initialised");
  }
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  set_input(stream, bytes);
  set_output(stream, compressed);
  deflate(&stream, Z_FINISH);
  compressed.resize(stream.total_out);
  deflateEnd(&stream);
  return compressed;
}

std::uint64_t gunzipped_bytes(std::string_view compressed) noexcept {
  if (compressed.size() < kTrailerBytes) return 0;
  std::uint32_t size = 0;
  std::memcpy(&size, compressed.data() + compressed.size() - sizeof size, sizeof size);
  return size;
}

std::optional<std::string> gunzip(std::string_view compressed, std::size_t bytes_max) {
  const std::uint64_t size = gunzipped_bytes(compressed);
  z_stream stream{};
  if (size > bytes_max || inflateInit2(&stream, kGzipWindowBits) != Z_OK) return std::nullopt;
  std::string bytes(size, '\0');
  set_input(stream, compressed);
  set_output(stream, bytes);
  const bool is_whole =
      inflate(&stream, Z_FINISH) == Z_STREAM_END && stream.avail_in == 0 && stream.avail_out == 0;
  inflateEnd(&stream);
  if (!is_whole) return std::nullopt;
  return bytes;
}

}  // namespace vigie::telemetry
