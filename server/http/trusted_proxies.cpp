#include "server/http/trusted_proxies.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "server/http/ascii.hpp"

namespace vigie::http {
namespace {

constexpr unsigned kMappedBytes = 12;  // in front of an IPv4 address

/// Takes what stands behind the last `separator` off the end of `rest`.
std::string_view last_part(std::string_view& rest, char separator) noexcept {
  const std::size_t before = rest.rfind(separator);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::string_view part = rest.substr(begin);
  rest = rest.substr(0, begin == 0 ? 0 : before);
  return part;
}

}  // namespace

TrustedProxies TrustedProxies::parse(std::string_view list, std::vector<std::string>& faults) {
  TrustedProxies proxies;
  while (!list.empty()) {
    const std::string_view item = trimmed(next_part(list, ','));
    if (const auto range = parse_range(item)) {
      proxies.ranges_.push_back(*range);
    } else {
      faults.push_back("'" + std::string(item) +
                       "' is neither an address nor a range such as 10.0.0.0/8 or fd00::/8");
    }
  }
  return proxies;
}

std::string_view TrustedProxies::client_of(const Request& request) const noexcept {
  std::string_view client = request.peer_address;
  if (ranges_.empty()) return client;
  const auto peer = parse_address(client);
  if (!peer || !has(*peer)) return client;
  const auto& fields = request.headers.fields();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (!equals_ignoring_case(field->name, "X-Forwarded-For")) continue;
    std::string_view rest = field->value;
    do {
      const std::string_view item = trimmed(last_part(rest, ','));
      const auto address = parse_address(item);
      if (!address) return client;
      client = item;
      if (!has(*address)) return client;
    } while (!rest.empty());
  }
  return client;
}

std::string_view TrustedProxies::scheme_of(const Request& request) const noexcept {
  constexpr std::string_view kOwn = "http";
  if (ranges_.empty()) return kOwn;
  const auto peer = parse_address(request.peer_address);
  if (!peer || !has(*peer)) return kOwn;
  // The last one is the peer's own word, whatever it had been told.
  const auto& fields = request.headers.fields();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (!equals_ignoring_case(field->name, "X-Forwarded-Proto")) continue;
    std::string_view rest = field->value;
    return equals_ignoring_case(trimmed(last_part(rest, ',')), "https") ? "https" : kOwn;
  }
  return kOwn;
}

std::optional<TrustedProxies::Bytes> TrustedProxies::parse_address(std::string_view text) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return std::nullopt;
  text.copy(terminated.data(), text.size());
  Bytes bytes{};
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

std::optional<TrustedProxies::Range> TrustedProxies::parse_range(std::string_view text) noexcept {
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

bool TrustedProxies::is_within(const Bytes& address, const Range& range) noexcept {
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

bool TrustedProxies::has(const Bytes& address) const noexcept {
  return std::any_of(ranges_.begin(), ranges_.end(),
                     [&](const Range& range) { return is_within(address, range); });
}

}  // namespace vigie::http
