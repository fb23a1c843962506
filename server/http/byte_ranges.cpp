#include "server/http/byte_ranges.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "server/http/ascii.hpp"

namespace vigie::http {
namespace {

constexpr std::string_view kUnit = "bytes=";  // in any case: RFC 9110, 14.1

/// Nothing unless all of it is digits; what is too large for 64 bits is as large as they can say.
std::optional<std::uint64_t> number_of(std::string_view digits) {
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} ? value : UINT64_MAX;
}

/// One element of the list. `is_valid` is whether it is of the form; a range outside of the
/// representation is valid and left out.
struct Element {
  bool is_valid = false;
  std::optional<ByteRange> range;
};

Element suffix(std::uint64_t length, std::uint64_t bytes) {
  if (length == 0 || bytes == 0) return {.is_valid = true, .range = {}};
  const std::uint64_t taken = std::min(length, bytes);
  return {.is_valid = true, .range = ByteRange{bytes - taken, taken}};
}

Element parse_element(std::string_view text, std::uint64_t bytes) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  const auto first = number_of(first_text);
  const auto last = number_of(last_text);
  if (first_text.empty()) return last ? suffix(*last, bytes) : Element{};
  if (!first || (!last && !last_text.empty())) return {};
  if (last && *last < *first) return {};
  if (*first >= bytes) return {.is_valid = true, .range = {}};
  const std::uint64_t end = std::min(last.value_or(UINT64_MAX), bytes - 1);
  return {.is_valid = true, .range = ByteRange{*first, end - *first + 1}};
}

bool touches(const ByteRange& a, const ByteRange& b) {
  return a.offset <= b.offset + b.length && b.offset <= a.offset + a.length;
}

/// With those that it touches, and those that these then touch, in one.
void merge_in(std::vector<ByteRange>& ranges, ByteRange range) {
  for (auto other = ranges.begin(); other != ranges.end();) {
    if (!touches(*other, range)) {
      ++other;
      continue;
    }
    const std::uint64_t end = std::max(other->offset + other->length, range.offset + range.length);
    range.offset = std::min(other->offset, range.offset);
    range.length = end - range.offset;
    ranges.erase(other);
    other = ranges.begin();
  }
  ranges.push_back(range);
}

}  // namespace

RangeRequest parse_range(std::string_view header, std::uint64_t bytes) {
  constexpr std::size_t kElementsMax = 64;
  header = trimmed(header);
  if (!equals_ignoring_case(header.substr(0, kUnit.size()), kUnit)) return {};
  header.remove_prefix(kUnit.size());
  RangeRequest request{.kind = RangeRequest::Kind::kUnsatisfiable, .ranges = {}};
  std::size_t count = 0;
  while (!header.empty()) {
    const std::string_view text = trimmed(next_part(header, ','));
    if (text.empty()) continue;  // RFC 9110, 5.6.1.2
    const Element element = parse_element(text, bytes);
    if (!element.is_valid || ++count > kElementsMax) return {};
    if (element.range) merge_in(request.ranges, *element.range);
  }
  if (count == 0 || request.ranges.size() > kByteRangesMax) return {};
  if (!request.ranges.empty()) request.kind = RangeRequest::Kind::kParts;
  return request;
}

std::string content_range(const ByteRange& range, std::uint64_t bytes) {
  return "bytes " + std::to_string(range.offset) + '-' +
         std::to_string(range.offset + range.length - 1) + '/' + std::to_string(bytes);
}

}  // namespace vigie::http
