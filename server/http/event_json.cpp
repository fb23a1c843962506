#include "server/http/event_json.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "server/domain/event_rules.hpp"
#include "server/domain/field_faults.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/http/fault_merge.hpp"
#include "server/http/object_reader.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {
namespace {

using domain::FieldFaults;
using enum Presence;

domain::Venue read_venue(const JsonValue& json, std::string pointer, FieldFaults& faults) {
  ObjectReader reader(json, std::move(pointer), faults);
  domain::Venue venue;
  venue.name = reader.text("name", kRequired).value_or("");
  venue.address = reader.text("address", kOptional).value_or("");
  venue.latitude = reader.number("latitude", kRequired).value_or(0);
  venue.longitude = reader.number("longitude", kRequired).value_or(0);
  reader.finish();
  return venue;
}

domain::Price read_price(const JsonValue& json, std::string pointer, FieldFaults& faults) {
  ObjectReader reader(json, std::move(pointer), faults);
  domain::Price price;
  price.amount_minor = reader.integer("amount_minor", kRequired).value_or(0);
  price.currency = reader.text("currency", kRequired).value_or("");
  reader.finish();
  return price;
}

domain::EventDraft read_draft(const JsonValue& json, FieldFaults& faults) {
  ObjectReader reader(json, "", faults);
  domain::EventDraft draft;
  draft.title = reader.text("title", kRequired).value_or("");
  draft.description = reader.text("description", kOptional).value_or("");
  draft.category = reader.text("category", kRequired).value_or("");
  draft.tags = reader.texts("tags", kOptional).value_or(std::vector<std::string>{});
  if (const JsonValue* venue = reader.member("venue"); venue != nullptr && !venue->is_null()) {
    draft.venue = read_venue(*venue, reader.pointer_of("venue"), faults);
  }
  draft.starts_at = reader.time("starts_at", kRequired).value_or(domain::Timestamp{});
  draft.ends_at = reader.time("ends_at", kRequired).value_or(domain::Timestamp{});
  draft.time_zone = reader.text("time_zone", kRequired).value_or("");
  draft.capacity = reader.integer("capacity", kRequired).value_or(0);
  if (const JsonValue* price = reader.member("price"); price != nullptr) {
    draft.price = read_price(*price, reader.pointer_of("price"), faults);
  } else {
    faults.add("/price", "is required");
  }
  reader.finish();
  return draft;
}

domain::VenuePatch read_venue_patch(const JsonValue& json, std::string pointer,
                                    FieldFaults& faults) {
  ObjectReader reader(json, std::move(pointer), faults);
  domain::VenuePatch patch;
  patch.name = reader.text("name", kKept);
  patch.address = reader.text("address", kReset);
  patch.latitude = reader.number("latitude", kKept);
  patch.longitude = reader.number("longitude", kKept);
  reader.finish();
  return patch;
}

domain::PricePatch read_price_patch(const JsonValue& json, std::string pointer,
                                    FieldFaults& faults) {
  ObjectReader reader(json, std::move(pointer), faults);
  domain::PricePatch patch;
  patch.amount_minor = reader.integer("amount_minor", kKept);
  patch.currency = reader.text("currency", kKept);
  reader.finish();
  return patch;
}

domain::EventPatch read_patch(const JsonValue& json, FieldFaults& faults) {
  ObjectReader reader(json, "", faults);
  domain::EventPatch patch;
  patch.title = reader.text("title", kKept);
  patch.description = reader.text("description", kReset);
  patch.category = reader.text("category", kKept);
  patch.tags = reader.texts("tags", kReset);
  if (const JsonValue* venue = reader.member("venue"); venue != nullptr) {
    patch.removes_venue = venue->is_null();
    if (!patch.removes_venue) {
      patch.venue = read_venue_patch(*venue, reader.pointer_of("venue"), faults);
    }
  }
  patch.starts_at = reader.time("starts_at", kKept);
  patch.ends_at = reader.time("ends_at", kKept);
  patch.time_zone = reader.text("time_zone", kKept);
  patch.capacity = reader.integer("capacity", kKept);
  if (const JsonValue* price = reader.member("price"); price != nullptr) {
    patch.price = read_price_patch(*price, reader.pointer_of("price"), faults);
  }
  reader.finish();
  return patch;
}

/// Writes events, with one buffer for the text of all their times.
class EventWriter {
 public:
  explicit EventWriter(telemetry::JsonWriter& json) : json_(json) {}

  void write(const domain::Event& event) {
    const domain::EventDraft& content = event.content;
    json_.begin_object();
    json_.member("id", event.id.to_string());
    json_.member("owner_id", event.owner_id.to_string());
    json_.member("status", name_of(event.status));
    json_.member("title", content.title);
    json_.member("description", content.description);
    json_.member("category", content.category);
    json_.plain_key("tags").begin_array();
    for (const std::string& tag : content.tags) json_.value(tag);
    json_.end_array();
    write_venue(content.venue);
    time("starts_at", content.starts_at);
    time("ends_at", content.ends_at);
    json_.member("time_zone", content.time_zone);
    json_.member("capacity", content.capacity);
    json_.plain_key("price").begin_object();
    json_.member("amount_minor", content.price.amount_minor);
    json_.member("currency", content.price.currency).end_object();
    json_.member("version", event.version);
    time("created_at", event.created_at);
    time("updated_at", event.updated_at);
    json_.end_object();
  }

 private:
  void write_venue(const std::optional<domain::Venue>& venue) {
    json_.plain_key("venue");
    if (!venue) {
      json_.null();
      return;
    }
    json_.begin_object();
    json_.member("name", venue->name);
    json_.member("address", venue->address);
    json_.member("latitude", venue->latitude);
    json_.member("longitude", venue->longitude);
    json_.end_object();
  }
  void time(std::string_view name, domain::Timestamp value) {
    text_.clear();
    domain::append_rfc3339(text_, value);
    json_.member(name, text_);
  }

  telemetry::JsonWriter& json_;
  std::string text_;
};

constexpr std::size_t kEventBytesTypical = 768;

}  // namespace

domain::Result<domain::EventDraft> decode_event_draft(const JsonValue& json,
                                                      const domain::TimeZoneSet& time_zones) {
  FieldFaults gathered;
  domain::EventDraft draft = read_draft(json, gathered);
  auto faults = std::move(gathered).take();
  if (faults.empty()) return draft;
  add_unrelated(faults, faults_of(draft, time_zones));
  return domain::validation_error(std::move(faults));
}

domain::Result<domain::EventPatch> decode_event_patch(const JsonValue& json) {
  FieldFaults gathered;
  domain::EventPatch patch = read_patch(json, gathered);
  auto faults = std::move(gathered).take();
  if (!faults.empty()) return domain::validation_error(std::move(faults));
  return patch;
}

std::string encode_event(const domain::Event& event) {
  telemetry::JsonWriter json(kEventBytesTypical);
  EventWriter(json).write(event);
  return json.take();
}

std::string encode_event_page(const std::vector<domain::Event>& items,
                              const std::string& next_cursor) {
  telemetry::JsonWriter json(kEventBytesTypical * (items.size() + 1));
  EventWriter writer(json);
  json.begin_object().plain_key("items").begin_array();
  for (const domain::Event& event : items) writer.write(event);
  json.end_array().key("next_cursor");
  next_cursor.empty() ? json.null() : json.value(next_cursor);
  json.end_object();
  return json.take();
}

}  // namespace vigie::http
