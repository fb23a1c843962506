#include "server/domain/event_rules.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "server/domain/currency.hpp"
#include "server/domain/field_faults.hpp"

namespace vigie::domain {
namespace {

constexpr TextRule kTitleRule{.characters_max = EventLimits::kTitleCharactersMax};
constexpr TextRule kDescriptionRule{.characters_max = EventLimits::kDescriptionCharactersMax,
                                    .is_required = false,
                                    .may_have_lines = true};
constexpr TextRule kTagRule{.characters_max = EventLimits::kTagCharactersMax};
constexpr TextRule kVenueNameRule{.characters_max = EventLimits::kVenueNameCharactersMax};
constexpr TextRule kVenueAddressRule{.characters_max = EventLimits::kVenueAddressCharactersMax,
                                     .is_required = false};
constexpr TextRule kSearchRule{.characters_max = EventQuery::kSearchCharactersMax};

bool is_slug(std::string_view text) {
  bool was_hyphen = true;  // so that a slug cannot begin with one
  for (const char c : text) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!is_word && (c != '-' || was_hyphen)) return false;
    was_hyphen = !is_word;
  }
  return !was_hyphen;
}

void check_category(FieldFaults& faults, std::string_view pointer, std::string_view category) {
  if (category.size() > EventLimits::kCategoryCharactersMax) {
    faults.add(
        std::string(pointer),
        "must have at most " + std::to_string(EventLimits::kCategoryCharactersMax) + " characters");
  }
  if (!is_slug(category)) {
    faults.add(std::string(pointer),
               "must be lower-case letters and digits, in words joined by single hyphens");
  }
}

void check_tags(FieldFaults& faults, const std::vector<std::string>& tags) {
  if (tags.size() > EventLimits::kTagsMax) {
    // Nothing is said of the single ones: the answer to a flood of tags stays small.
    return faults.add("/tags",
                      "must have at most " + std::to_string(EventLimits::kTagsMax) + " items");
  }
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const std::string pointer = "/tags/" + std::to_string(i);
    faults.check_text(pointer, tags[i], kTagRule);
    const auto here = tags.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find(tags.begin(), here, tags[i]) != here) faults.add(pointer, "must be unique");
  }
}

/// Written so that NaN is outside of every range.
void check_degrees(FieldFaults& faults, std::string pointer, double value, int most) {
  if (std::abs(value) <= most) return;
  const std::string bound = std::to_string(most);
  faults.add(std::move(pointer), "must be between -" + bound + " and " + bound + " degrees");
}

void check_venue(FieldFaults& faults, const Venue& venue) {
  faults.check_text("/venue/name", venue.name, kVenueNameRule);
  faults.check_text("/venue/address", venue.address, kVenueAddressRule);
  check_degrees(faults, "/venue/latitude", venue.latitude, 90);
  check_degrees(faults, "/venue/longitude", venue.longitude, 180);
}

void check_price(FieldFaults& faults, const Price& price) {
  faults.check_range("/price/amount_minor", price.amount_minor, 0, EventLimits::kAmountMinorMax);
  if (!is_currency(price.currency)) {
    faults.add("/price/currency", "must be a current ISO 4217 code in capitals, as EUR");
  }
}

}  // namespace

std::vector<FieldFault> faults_of(const EventDraft& content, const TimeZoneSet& time_zones) {
  FieldFaults faults;
  faults.check_text("/title", content.title, kTitleRule);
  faults.check_text("/description", content.description, kDescriptionRule);
  check_category(faults, "/category", content.category);
  check_tags(faults, content.tags);
  if (content.venue) check_venue(faults, *content.venue);
  if (content.ends_at <= content.starts_at) faults.add("/ends_at", "must be after starts_at");
  if (!time_zones.contains(content.time_zone)) {
    faults.add("/time_zone", "must be an IANA time zone name, as Europe/Paris");
  }
  faults.check_range("/capacity", content.capacity, EventLimits::kCapacityMin,
                     EventLimits::kCapacityMax);
  check_price(faults, content.price);
  return std::move(faults).take();
}

std::vector<FieldFault> faults_of(const EventQuery& query) {
  FieldFaults faults;
  if (query.category) check_category(faults, "?category", *query.category);
  if (query.tags.size() > EventQuery::kTagsMax) {
    faults.add("?tag", "must be given at most " + std::to_string(EventQuery::kTagsMax) + " times");
  } else {
    for (const std::string& tag : query.tags) faults.check_text("?tag", tag, kTagRule);
  }
  if (query.starts_after && query.starts_before && *query.starts_before <= *query.starts_after) {
    faults.add("?starts_before", "must be after starts_after");
  }
  if (query.search) faults.check_text("?q", *query.search, kSearchRule);
  faults.check_range("?limit", query.limit, 1, EventQuery::kLimitMax);
  return std::move(faults).take();
}

}  // namespace vigie::domain
