#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::http {

/// An IPv6 address; IPv4 addresses are those of ::ffff:0:0/96 (RFC 4291, section 2.5.5.2).
using AddressBytes = std::array<std::uint8_t, 16>;

/// Reads a numeric address of either family.
std::optional<AddressBytes> parse_address(std::string_view text) noexcept;

/// A set of addresses that an operator has written down. Immutable, hence thread-safe.
class AddressRanges {
 public:
  /// None.
  AddressRanges() = default;
  /// A comma-separated list of IPv4 and IPv6 addresses and CIDR ranges; appends a text for each
  /// item that is neither. A range with bits beyond its prefix is a fault: one of both is a typo.
  static AddressRanges parse(std::string_view list, std::vector<std::string>& faults);
  /// Every address of either family.
  static AddressRanges all();

  bool is_empty() const noexcept { return ranges_.empty(); }
  bool has(const AddressBytes& address) const noexcept;
  /// False also for what is no address.
  bool has(std::string_view address) const noexcept;

 private:
  struct Range {
    AddressBytes address{};
    unsigned prefix_bits = 0;
  };

  static std::optional<Range> parse_range(std::string_view text) noexcept;
  static bool is_within(const AddressBytes& address, const Range& range) noexcept;

  std::vector<Range> ranges_;
};

}  // namespace vigie::http
