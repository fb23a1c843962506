#include "server/http/media_json.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "server/domain/field_faults.hpp"
#include "server/domain/rfc3339.hpp"
#include "server/http/object_reader.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {
namespace {

using domain::FieldFaults;
using domain::Media;
using domain::MediaState;
using enum Presence;

constexpr std::size_t kMediaBytesTypical = 1'024;

/// Writes media, with one buffer for the text of all their times.
class MediaWriter {
 public:
  explicit MediaWriter(telemetry::JsonWriter& json) : json_(json) {}

  /// Within an object.
  void write_members(const Media& media) {
    const bool is_uploading = media.state == MediaState::kUploading;
    const bool is_there = !is_uploading && media.state != MediaState::kDeleted;
    json_.member("id", media.id.to_string());
    json_.member("owner_id", media.owner_id.to_string());
    text("event_id", media.event_id ? media.event_id->to_string() : "");
    json_.member("state", name_of(media.state));
    json_.member("file_name", media.file_name);
    json_.member("declared_type", media.declared_type);
    text("type", media.type);
    json_.member("bytes", media.bytes);
    const auto& hash = media.hash ? media.hash : media.declared_hash;
    text("sha256", hash ? hash->to_string() : "");
    number("width", media.facts.width);
    number("height", media.facts.height);
    text("content_url", is_there ? media_path(media.id) + "/content" : "");
    write_previews(media, is_there);
    text("job_id", media.job_id ? media.job_id->to_string() : "");
    text("failure", media.failure);
    time("created_at", media.created_at);
    time("updated_at", media.updated_at);
    time("expires_at", is_uploading ? std::optional(media.expires_at) : std::nullopt);
    time("completed_at", media.completed_at);
    time("deleted_at", media.deleted_at);
    time("purge_at", media.purge_at);
  }
  void write(const Media& media) {
    json_.begin_object();
    write_members(media);
    json_.end_object();
  }
  void write_part(const Media& media, std::uint32_t number, const domain::MediaPart* part) {
    const auto place = *domain::part_place(media, number);
    json_.begin_object();
    json_.member("number", number);
    json_.member("offset", place.offset);
    json_.member("bytes", place.bytes);
    json_.member("url", media_path(media.id) + "/parts/" + std::to_string(number));
    json_.member("is_received", part != nullptr);
    text("sha256", part != nullptr ? part->receipt.hash.to_string() : "");
    json_.end_object();
  }

 private:
  void write_previews(const Media& media, bool is_there) {
    json_.plain_key("previews").begin_array();
    for (const std::string& name : media.facts.previews) {
      if (!is_there) break;
      json_.begin_object().member("name", name);
      json_.member("url", media_path(media.id) + "/previews/" + name).end_object();
    }
    json_.end_array();
  }
  /// Empty: null.
  void text(std::string_view name, const std::string& value) {
    json_.key(name);
    value.empty() ? json_.null() : json_.value(value);
  }
  void number(std::string_view name, std::int32_t value) {
    json_.key(name);
    value == 0 ? json_.null() : json_.value(value);
  }
  void time(std::string_view name, const std::optional<domain::Timestamp>& value) {
    text_.clear();
    if (value) domain::append_rfc3339(text_, *value);
    text(name, text_);
  }

  telemetry::JsonWriter& json_;
  std::string text_;
};

std::optional<domain::ContentHash> read_hash(ObjectReader& reader, FieldFaults& faults) {
  const auto text = reader.text("sha256", kOptional);
  if (!text) return std::nullopt;
  auto hash = domain::ContentHash::parse(*text);
  if (!hash) faults.add("/sha256", "must be 64 hexadecimal digits");
  return hash;
}

std::optional<domain::EventId> read_event_id(ObjectReader& reader, FieldFaults& faults) {
  const auto text = reader.text("event_id", kOptional);
  if (!text) return std::nullopt;
  auto id = domain::EventId::parse(*text);
  if (!id) faults.add("/event_id", "must be the id of an event");
  return id;
}

}  // namespace

std::string media_path(domain::MediaId id) { return "/api/v1/media/" + id.to_string(); }

domain::Result<domain::NewMedia> decode_new_media(const JsonValue& json) {
  FieldFaults gathered;
  ObjectReader reader(json, "", gathered);
  domain::NewMedia media;
  media.file_name = reader.text("file_name", kRequired).value_or("");
  media.type = reader.text("type", kRequired).value_or("");
  media.bytes = reader.integer("bytes", kRequired).value_or(0);
  media.hash = read_hash(reader, gathered);
  media.event_id = read_event_id(reader, gathered);
  media.part_bytes = reader.integer("part_bytes", kOptional).value_or(0);
  reader.finish();
  auto faults = std::move(gathered).take();
  if (!faults.empty()) return domain::validation_error(std::move(faults));
  return media;
}

std::string encode_media(const Media& media) {
  telemetry::JsonWriter json(kMediaBytesTypical);
  MediaWriter(json).write(media);
  return json.take();
}

std::string encode_upload(const domain::Upload& upload) {
  const std::uint32_t count = domain::part_count(upload.media);
  telemetry::JsonWriter json(kMediaBytesTypical + std::size_t{256} * count);
  MediaWriter writer(json);
  json.begin_object();
  writer.write_members(upload.media);
  json.member("part_bytes", upload.media.part_bytes).member("part_count", count);
  json.member("complete_url", media_path(upload.media.id) + "/complete");
  json.plain_key("parts").begin_array();
  auto part = upload.parts.begin();
  for (std::uint32_t number = 1; number <= count; ++number) {
    const bool is_received = part != upload.parts.end() && part->number == number;
    writer.write_part(upload.media, number, is_received ? &*part++ : nullptr);
  }
  json.end_array().end_object();
  return json.take();
}

std::string encode_part(const Media& media, std::uint32_t number, const domain::MediaPart* part) {
  telemetry::JsonWriter json;
  MediaWriter(json).write_part(media, number, part);
  return json.take();
}

std::string encode_media_page(const std::vector<Media>& items, const std::string& next_cursor) {
  telemetry::JsonWriter json(kMediaBytesTypical * (items.size() + 1));
  MediaWriter writer(json);
  json.begin_object().plain_key("items").begin_array();
  for (const Media& media : items) writer.write(media);
  json.end_array().key("next_cursor");
  next_cursor.empty() ? json.null() : json.value(next_cursor);
  json.end_object();
  return json.take();
}

}  // namespace vigie::http
