#include "server/http/address_ranges.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "server/http/ascii.hpp"

namespace vigie::http {
namespace {

constexpr unsigned kMappedBytes = 12;  // in front of an IPv4 address

}  // namespace

std::optional<AddressBytes> parse_address(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return std::nullopt;
  text.copy(terminated.data(), text.size());
  AddressBytes bytes{};
  if (text.find(':') != std::string_view::npos) {
    if (::inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return std::nullopt;
    return bytes;
  }
  bytes[10] = bytes[11] = 0xff;
  if (::inet_pton(AF_INET, terminated.data(), bytes.data() + kMappedBytes) != 1) {
    return std::nullopt;
  }
  return bytes;
}

AddressRanges AddressRanges::parse(std::string_view list, std::vector<std::string>& faults) {
  AddressRanges ranges;
  while (!list.empty()) {
    const std::string_view item = trimmed(next_part(list, ','));
    if (const auto range = parse_range(item)) {
      ranges.ranges_.push_back(*range);
    } else {
      faults.push_back("'" + std::string(item) +
                       "' is neither an address nor a range such as 10.0.0.0/8 or fd00::/8");
    }
  }
  return ranges;
}

AddressRanges AddressRanges::all() {
  AddressRanges ranges;
  ranges.ranges_.emplace_back();
  return ranges;
}

bool AddressRanges::has(std::string_view address) const noexcept {
  if (ranges_.empty()) return false;
  const auto bytes = parse_address(address);
  return bytes && has(*bytes);
}

bool AddressRanges::has(const AddressBytes& address) const noexcept {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const Range& range) { return is_within(address, range); });
}

std::optional<AddressRanges::Range> AddressRanges::parse_range(std::string_view text) noexcept {
  const std::size_t slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Range{*address, 128};
  const std::string_view number = text.substr(slash + 1);
  const bool is_ipv4 = text.find(':') == std::string_view::npos;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
  const bool is_number = error == std::errc{} && end == number.data() + number.size();
  if (!is_number || bits > (is_ipv4 ? 32 : 128)) return std::nullopt;
  const Range range{*address, is_ipv4 ? bits + kMappedBytes * 8 : bits};
  for (unsigned bit = range.prefix_bits; bit < 128; ++bit) {
    if (((range.address[bit / 8] >> (7 - bit % 8)) & 1) != 0) return std::nullopt;
  }
  return range;
}

bool AddressRanges::is_within(const AddressBytes& address, const Range& range) noexcept {
  const std::size_t whole_bytes = range.prefix_bits / 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole_bytes),
                  range.address.begin())) {
    return false;
  }
  const unsigned rest_bits = range.prefix_bits % 8;
  if (rest_bits == 0) return true;
  const int differing = address[whole_bytes] ^ range.address[whole_bytes];
  return (differing >> (8 - rest_bits)) == 0;
}

}  // namespace vigie::http
