#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.hpp"

namespace vigie::http {

/// Who in front of us may say whom a request comes from. Immutable, hence thread-safe.
class TrustedProxies {
 public:
  /// Nobody: a client's address is that of its connection.
  TrustedProxies() = default;
  /// A comma-separated list of IPv4 and IPv6 addresses and CIDR ranges; appends a text for each
  /// item that is neither. A range with bits beyond its prefix is a fault: one of both is a typo.
  static TrustedProxies parse(std::string_view list, std::vector<std::string>& faults);

  /// The peer, unless it is trusted: then the rightmost address of X-Forwarded-For that is not
  /// trusted itself. What stands left of it was written by the client, as may be everything left of
  /// an item that is no plain address: there the last address that was read counts. A view into the
  /// request.
  std::string_view client_of(const Request& request) const noexcept;
  /// "https" when a trusted peer says in X-Forwarded-Proto that its client came by it, else "http",
  /// which is what we speak ourselves.
  std::string_view scheme_of(const Request& request) const noexcept;

 private:
  /// IPv4 addresses are those of ::ffff:0:0/96 (RFC 4291, section 2.5.5.2).
  using Bytes = std::array<std::uint8_t, 16>;
  struct Range {
    Bytes address{};
    unsigned prefix_bits = 0;
  };

  static std::optional<Bytes> parse_address(std::string_view text) noexcept;
  static std::optional<Range> parse_range(std::string_view text) noexcept;
  static bool is_within(const Bytes& address, const Range& range) noexcept;
  bool has(const Bytes& address) const noexcept;

  std::vector<Range> ranges_;
};

}  // namespace vigie::http
