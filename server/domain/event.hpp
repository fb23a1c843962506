#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/clock.hpp"
#include "server/domain/id.hpp"

namespace vigie::domain {

/// draft → published → cancelled. A draft that is not wanted is deleted: cancelled events are seen
/// by everybody, and a draft never was.
enum class EventStatus : std::uint8_t { kDraft, kPublished, kCancelled };

inline constexpr std::array<std::string_view, 3> kEventStatusNames = {"draft", "published",
                                                                      "cancelled"};

constexpr std::string_view name_of(EventStatus status) noexcept {
  return kEventStatusNames[static_cast<std::size_t>(status)];
}
std::optional<EventStatus> parse_event_status(std::string_view text);

struct Venue {
  std::string name;
  std::string address;
  double latitude = 0;   // degrees, WGS 84, -90..90
  double longitude = 0;  // degrees, WGS 84, -180..180

  bool operator==(const Venue&) const = default;
};

/// An amount in the currency's minor unit (cents for EUR), so that no money is ever a fraction.
struct Price {
  std::int64_t amount_minor = 0;
  std::string currency;  // ISO 4217 alphabetic code

  bool operator==(const Price&) const = default;
};

/// What a client writes of an event; the server adds the rest.
struct EventDraft {
  std::string title;
  std::string description;
  std::string category;
  std::vector<std::string> tags;
  std::optional<Venue> venue;
  Timestamp starts_at{};
  Timestamp ends_at{};
  std::string time_zone;  // IANA name
  std::int64_t capacity = 0;
  Price price;

  bool operator==(const EventDraft&) const = default;
};

struct Event {
  EventId id;
  AccountId owner_id;
  EventStatus status = EventStatus::kDraft;
  EventDraft content;
  /// Starts at 1 and grows by one with each change; the ETag.
  std::int64_t version = 1;
  Timestamp created_at{};
  Timestamp updated_at{};

  bool operator==(const Event&) const = default;
};

struct EventLimits {
  static constexpr std::size_t kTitleCharactersMax = 200;
  static constexpr std::size_t kDescriptionCharactersMax = 10'000;
  static constexpr std::size_t kCategoryCharactersMax = 50;
  static constexpr std::size_t kTagsMax = 20;
  static constexpr std::size_t kTagCharactersMax = 50;
  static constexpr std::size_t kVenueNameCharactersMax = 200;
  static constexpr std::size_t kVenueAddressCharactersMax = 500;
  static constexpr std::int32_t kCapacityMin = 1;
  static constexpr std::int32_t kCapacityMax = 1'000'000;
  static constexpr std::int64_t kAmountMinorMax = 100'000'000'000;
};

}  // namespace vigie::domain
