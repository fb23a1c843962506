#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/http/address_ranges.hpp"
#include "server/http/message.hpp"

namespace vigie::http {

/// Who in front of us may say whom a request comes from. Immutable, hence thread-safe.
class TrustedProxies {
 public:
  /// Nobody: a client's address is that of its connection.
  TrustedProxies() = default;
  /// A list of AddressRanges.
  static TrustedProxies parse(std::string_view list, std::vector<std::string>& faults);

  /// The peer, unless it is trusted: then the rightmost address of X-Forwarded-For that is not
  /// trusted itself. What stands left of it was written by the client, as may be everything left of
  /// an item that is no plain address: there the last address that was read counts. A view into the
  /// request.
  std::string_view client_of(const Request& request) const noexcept;
  /// Whether the address, numeric, is one of them.
  bool has(std::string_view address) const noexcept { return ranges_.has(address); }
  /// "https" when a trusted peer says in X-Forwarded-Proto that its client came by it, else "http",
  /// which is what we speak ourselves.
  std::string_view scheme_of(const Request& request) const noexcept;

 private:
  AddressRanges ranges_;
};

}  // namespace vigie::http
