#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/event.hpp"
#include "server/domain/result.hpp"

namespace vigie::domain {

struct VenuePatch {
  std::optional<std::string> name;
  std::optional<std::string> address;
  std::optional<double> latitude;
  std::optional<double> longitude;
};

struct PricePatch {
  std::optional<std::int64_t> amount_minor;
  std::optional<std::string> currency;
};

/// A JSON merge patch (RFC 7396) of an EventDraft: what is absent stays. `null` for an optional
/// member means the value it has when left out on creation (description "", tags []); for a
/// required one the decoder refuses it.
struct EventPatch {
  std::optional<std::string> title;
  std::optional<std::string> description;
  std::optional<std::string> category;
  std::optional<std::vector<std::string>> tags;
  /// `"venue": null`. When set, `venue` is not looked at.
  bool removes_venue = false;
  /// Merged member by member into the venue there is, or makes one.
  std::optional<VenuePatch> venue;
  std::optional<Timestamp> starts_at;
  std::optional<Timestamp> ends_at;
  std::optional<std::string> time_zone;
  std::optional<std::int64_t> capacity;
  std::optional<PricePatch> price;
};

/// `content` with the patch merged into it. kValidationFailed when the patch begins a venue without
/// all its required members (name, latitude, longitude); other rules are not looked at.
Result<EventDraft> merge(EventDraft content, const EventPatch& patch);

}  // namespace vigie::domain
