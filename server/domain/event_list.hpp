#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/event.hpp"
#include "server/domain/principal.hpp"

namespace vigie::domain {

enum class EventSort : std::uint8_t {
  kStartsAt,
  kStartsAtDescending,
  kCreatedAt,
  kCreatedAtDescending
};

/// Where a page ended: the sort key and the id of its last row (keyset pagination: rows inserted
/// meanwhile neither repeat nor hide others).
struct EventPosition {
  Timestamp key{};
  EventId id;

  bool operator==(const EventPosition&) const = default;
};

struct EventQuery {
  static constexpr std::int32_t kLimitMax = 100;
  static constexpr std::int32_t kLimitDefault = 20;
  static constexpr std::size_t kTagsMax = 10;
  static constexpr std::size_t kSearchCharactersMax = 200;

  std::optional<AccountId> owner;
  std::optional<EventStatus> status;
  std::optional<std::string> category;
  std::vector<std::string> tags;           // all of them
  std::optional<Timestamp> starts_after;   // inclusive
  std::optional<Timestamp> starts_before;  // exclusive
  std::optional<std::string> search;       // full text
  EventSort sort = EventSort::kStartsAt;
  std::int32_t limit = kLimitDefault;
  std::optional<EventPosition> after;
  /// Whose drafts are included: filled in by the use-case, never by the client.
  Principal viewer;
};

struct EventPage {
  std::vector<Event> items;
  /// Present when there is at least one row beyond this page.
  std::optional<EventPosition> next;
};

}  // namespace vigie::domain
