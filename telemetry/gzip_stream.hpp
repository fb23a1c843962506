#pragma once

#include <functional>
#include <memory>
#include <string_view>

namespace vigie::telemetry {

/// Compresses in the gzip format (RFC 1952) piece by piece: what is in memory at once is a block,
/// whatever the length of the whole.
class GzipStream {
 public:
  /// Takes the compressed bytes, which it may keep until it returns; false ends the stream.
  using Sink = std::function<bool(std::string_view)>;

  /// Throws std::runtime_error when zlib has no memory.
  explicit GzipStream(Sink sink);
  ~GzipStream();
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  /// False once the sink has ended the stream.
  bool write(std::string_view bytes);
  /// Writes the end. Nothing may be written afterwards.
  bool finish();

 private:
  struct State;

  bool deflate_all(int flush);

  std::unique_ptr<State> state_;
  Sink sink_;
};

}  // namespace vigie::telemetry
