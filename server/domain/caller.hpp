#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "server/domain/id.hpp"

namespace vigie::domain {

struct Context;

/// What shares and rates are counted by: an account, or an address. Of IPv4 the whole address,
/// also in IPv6 clothes (RFC 4291, section 2.5.5.2); of IPv6 the first 64 bits, since a client has
/// all the addresses behind them. Regular value type.
class CallerKey {
 public:
  static CallerKey of(const AccountId& account) noexcept;
  /// `address` is numeric. What is none, has one key together.
  static CallerKey of_address(std::string_view address) noexcept;

  bool is_account() const noexcept { return bytes_[0] == kAccount; }
  /// The same bytes for the same key: to hash, or to authenticate. A view into the key.
  std::string_view bytes() const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  auto operator<=>(const CallerKey&) const = default;  // NOLINT(modernize-use-nullptr)

 private:
  static constexpr std::size_t kAddressBytes = 16;
  static constexpr std::uint8_t kAddress = 0;
  static constexpr std::uint8_t kAccount = 1;

  std::array<std::uint8_t, 1 + kAddressBytes> bytes_{};  // the kind, then the id or the address
};

/// Who asks: an address, and the account if it is known. Without both: this program itself, which
/// is held to no share.
struct Caller {
  std::optional<CallerKey> address;
  std::optional<CallerKey> account;

  static Caller of_address(std::string_view address) noexcept;
  static Caller of(const Context& context) noexcept;

  /// The narrower of both. Pre: it is not this program.
  const CallerKey& narrowest() const noexcept { return account ? *account : *address; }
  /// The same address or the same account; this program and this program.
  bool is_one_with(const Caller& other) const noexcept;
  bool operator==(const Caller&) const = default;
};

}  // namespace vigie::domain
