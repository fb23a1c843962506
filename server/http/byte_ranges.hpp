#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::http {

/// Bytes of a representation, not empty.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  bool operator==(const ByteRange&) const = default;
};

/// What a Range header asks of a representation (RFC 9110, 14.1.2 and 14.2).
struct RangeRequest {
  enum class Kind : std::uint8_t {
    kWhole,          // no ranges, or none that we serve: everything
    kParts,          // those in `ranges`, at least one
    kUnsatisfiable,  // 416
  };
  Kind kind = Kind::kWhole;
  /// As asked for, those that touch or overlap made one: nobody gets more bytes by asking twice.
  std::vector<ByteRange> ranges;
};

/// Ranges served in one answer; a header that asks for more is answered with everything.
inline constexpr std::size_t kByteRangesMax = 16;

/// `bytes`: of the representation. A header that is malformed, or of another unit, asks for
/// nothing.
RangeRequest parse_range(std::string_view header, std::uint64_t bytes);

/// "bytes 0-99/1000", for Content-Range.
std::string content_range(const ByteRange& range, std::uint64_t bytes);

}  // namespace vigie::http
