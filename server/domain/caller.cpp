#include "server/domain/caller.hpp"

#include <arpa/inet.h>

#include <algorithm>

#include "server/domain/context.hpp"

namespace vigie::domain {
namespace {

constexpr std::size_t kNetworkBytes = 8;  // of an IPv6 address: what one client has
constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

CallerKey CallerKey::of(const AccountId& account) noexcept {
  CallerKey key;
  key.bytes_[0] = kAccount;
  std::copy(account.uuid.bytes.begin(), account.uuid.bytes.end(), key.bytes_.begin() + 1);
  return key;
}

CallerKey CallerKey::of_address(std::string_view address) noexcept {
  CallerKey key;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.size() >= text.size()) return key;
  address.copy(text.data(), address.size());
  std::uint8_t* const bytes = key.bytes_.data() + 1;
  if (::inet_pton(AF_INET, text.data(), bytes + kMappedPrefix.size()) == 1) {
    std::copy(kMappedPrefix.begin(), kMappedPrefix.end(), bytes);
  } else if (::inet_pton(AF_INET6, text.data(), bytes) == 1) {
    const bool is_ipv4 = std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes);
    if (!is_ipv4) std::fill(bytes + kNetworkBytes, bytes + kAddressBytes, std::uint8_t{0});
  }
  return key;
}

Caller Caller::of_address(std::string_view address) noexcept {
  return {.address = CallerKey::of_address(address), .account = std::nullopt};
}

bool Caller::is_one_with(const Caller& other) const noexcept {
  return (address && address == other.address) || (account && account == other.account) ||
         (*this == Caller{} && other == Caller{});
}

Caller Caller::of(const Context& context) noexcept {
  Caller caller;
  if (!context.client_address.empty()) caller = of_address(context.client_address);
  const auto& account = context.principal.account_id;
  if (account) caller.account = CallerKey::of(*account);
  return caller;
}

}  // namespace vigie::domain
