#include "telemetry/gzip_stream.hpp"

#include <zlib.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace vigie::telemetry {
namespace {

constexpr int kGzipWindowBits = 15 + 16;
constexpr int kMemoryLevel = 8;
constexpr std::size_t kBlockBytes = std::size_t{32} * 1024;
// zlib counts what it is given in 32 bits.
constexpr std::size_t kInputBytesMax = std::size_t{1} << 20;

}  // namespace

struct GzipStream::State {
  z_stream stream{};
  std::array<char, kBlockBytes> block;
  bool is_open = true;
};

GzipStream::GzipStream(Sink sink) : state_(std::make_unique<State>()), sink_(std::move(sink)) {
  if (deflateInit2(&state_->stream, Z_BEST_SPEED, Z_DEFLATED, kGzipWindowBits, kMemoryLevel,
                   Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::runtime_error("zlib cannot be initialised");
  }
}

GzipStream::~GzipStream() { deflateEnd(&state_->stream); }

bool GzipStream::write(std::string_view bytes) {
  while (!bytes.empty() && state_->is_open) {
    const std::string_view piece = bytes.substr(0, kInputBytesMax);
    state_->stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(piece.data()));
    state_->stream.avail_in = static_cast<uInt>(piece.size());
    state_->is_open = deflate_all(Z_NO_FLUSH);
    bytes.remove_prefix(piece.size());
  }
  return state_->is_open;
}

bool GzipStream::finish() { return state_->is_open && deflate_all(Z_FINISH); }

// A block that is not filled says that there is no more for now.
bool GzipStream::deflate_all(int flush) {
  z_stream& stream = state_->stream;
  do {
    stream.next_out = reinterpret_cast<Bytef*>(state_->block.data());
    stream.avail_out = static_cast<uInt>(kBlockBytes);
    deflate(&stream, flush);
    const std::size_t size = kBlockBytes - stream.avail_out;
    if (size > 0 && !sink_({state_->block.data(), size})) return false;
  } while (stream.avail_out == 0);
  return true;
}

}  // namespace vigie::telemetry
