#include "server/http/trusted_proxies.hpp"

#include "server/http/ascii.hpp"

namespace vigie::http {
namespace {

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
  proxies.ranges_ = AddressRanges::parse(list, faults);
  return proxies;
}

std::string_view TrustedProxies::client_of(const Request& request) const noexcept {
  std::string_view client = request.peer_address;
  if (!ranges_.has(client)) return client;
  const auto& fields = request.headers.fields();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (!equals_ignoring_case(field->name, "X-Forwarded-For")) continue;
    std::string_view rest = field->value;
    do {
      const std::string_view item = trimmed(last_part(rest, ','));
      const auto address = parse_address(item);
      if (!address) return client;
      client = item;
      if (!ranges_.has(*address)) return client;
    } while (!rest.empty());
  }
  return client;
}

std::string_view TrustedProxies::scheme_of(const Request& request) const noexcept {
  constexpr std::string_view kOwn = "http";
  if (!ranges_.has(request.peer_address)) return kOwn;
  // The last one is the peer's own word, whatever it had been told.
  const auto& fields = request.headers.fields();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (!equals_ignoring_case(field->name, "X-Forwarded-Proto")) continue;
    std::string_view rest = field->value;
    return equals_ignoring_case(trimmed(last_part(rest, ',')), "https") ? "https" : kOwn;
  }
  return kOwn;
}

}  // namespace vigie::http
