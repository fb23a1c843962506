#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "server/http/byte_ranges.hpp"
#include "server/http/content_disposition.hpp"
#include "server/platform/core/http_date.hpp"

/// What a client says of the bytes it wants: ranges lie within the content and apart from each
/// other, a name stays within its header, a date that is read and written again is
/// the same one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace vigie::core;
  using namespace vigie::http;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);

  constexpr std::uint64_t kBytes = 1'000;
  const RangeRequest request = parse_range(text, kBytes);
  if ((request.kind == RangeRequest::Kind::kParts) == request.ranges.empty()) std::abort();
  std::uint64_t sum = 0;
  for (const ByteRange& range : request.ranges) {
    if (range.length == 0 || range.offset + range.length > kBytes) std::abort();
    sum += range.length;
  }
  if (sum > kBytes || request.ranges.size() > kByteRangesMax) std::abort();

  const std::string value = content_disposition(false, text);
  if (value.find_first_of(std::string_view("\r\n\0\\/", 5)) != std::string::npos) std::abort();
  if (value.find('"', value.find('"') + 1) != value.rfind('"')) std::abort();

  constexpr HttpTime kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30};
  const auto date = parse_http_date(text, kNow);
  if (date && parse_http_date(http_date(*date), kNow) != date) std::abort();
  return 0;
}
