#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace vigie::domain {

/// A UUID (RFC 9562), as bytes in network order. Regular value type.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  /// Accepts the 36-character form in either case, nothing else.
  static std::optional<Uuid> parse(std::string_view text);
  /// The 36-character lower-case form.
  std::string to_string() const;
  auto operator<=>(const Uuid&) const = default;  // NOLINT(modernize-use-nullptr)
};

/// A Uuid that says what it identifies, so that an account id cannot stand where an event id is
/// meant.
template <typename Tag>
struct Id {
  Uuid uuid;

  static std::optional<Id> parse(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    return uuid ? std::optional<Id>{Id{*uuid}} : std::nullopt;
  }
  std::string to_string() const { return uuid.to_string(); }
  auto operator<=>(const Id&) const = default;  // NOLINT(modernize-use-nullptr)
};

using AccountId = Id<struct AccountTag>;
using EventId = Id<struct EventTag>;
using SessionId = Id<struct SessionTag>;

}  // namespace vigie::domain
