#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace vigie::telemetry {

/// Writes a tar archive of regular files in the format `ustar` (POSIX.1-1988), front to back.
class TarWriter {
 public:
  static constexpr std::size_t kNameBytesMax = 100;

  /// As GzipStream::Sink.
  using Sink = std::function<bool(std::string_view)>;

  explicit TarWriter(Sink sink) : sink_(std::move(sink)) {}

  /// `modified_s`: seconds since 1970. Pre: the name has at most kNameBytesMax bytes, the content
  /// less than 8 GiB. False once the sink has ended the archive.
  bool add(std::string_view name, std::string_view content, std::uint64_t modified_s);
  bool finish();

 private:
  Sink sink_;
};

}  // namespace vigie::telemetry
