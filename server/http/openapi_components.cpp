#include "server/http/openapi_components.hpp"

#include <span>
#include <vector>

#include "server/domain/account.hpp"
#include "server/domain/event_list.hpp"
#include "server/domain/media.hpp"
#include "server/domain/media_type.hpp"
#include "server/domain/password_rules.hpp"
#include "server/http/openapi_account_schemas.hpp"
#include "server/http/openapi_media_schemas.hpp"
#include "server/http/problem.hpp"
#include "telemetry/json_writer.hpp"

namespace vigie::http {
namespace {

/// $name$ stands for a limit or a list of the domain: the table below says which.
constexpr std::string_view kComponents = R"json({
"securitySchemes": {
  "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "An access token from `POST /api/v1/auth/login`."}
},
"headers": {
  "CorrelationId": {"description": "The request's X-Correlation-ID, or one made for it. Quote it to support.", "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"}},
  "Traceparent": {"description": "The trace of the request (W3C Trace Context).", "schema": {"type": "string", "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"}},
  "RateLimit": {"description": "Requests left (r), and seconds until all are there again (t).", "schema": {"type": "string"}, "example": "\"default\";r=199;t=1"},
  "RateLimitPolicy": {"description": "Requests at most (q) in so many seconds (w).", "schema": {"type": "string"}, "example": "\"default\";q=200;w=2"},
  "ETag": {"description": "The version of what is answered, for If-Match and If-None-Match.", "schema": {"type": "string"}, "example": "\"2\""},
  "Location": {"description": "Where the new resource is.", "schema": {"type": "string", "format": "uri-reference"}},
  "Link": {"description": "The next page, with rel=\"next\"; absent on the last one.", "schema": {"type": "string"}},
  "IdempotencyReplayed": {"description": "`true` when this is the stored answer to an earlier request with the same key.", "schema": {"type": "string", "const": "true"}},
  "LastModified": {"description": "When the content was completed.", "schema": {"type": "string"}, "example": "Tue, 15 Jan 2030 10:00:00 GMT"},
  "AcceptRanges": {"description": "Ranges are served.", "schema": {"type": "string", "const": "bytes"}},
  "ContentRange": {"description": "Which bytes these are, of how many.", "schema": {"type": "string"}, "example": "bytes 0-99/1048576"},
  "ContentDisposition": {"description": "The file name, in both forms of RFC 6266.", "schema": {"type": "string"}},
  "RetryAfter": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}},
  "WWWAuthenticate": {"description": "How to authenticate.", "schema": {"type": "string"}},
  "AcceptEncoding": {"description": "When it was the Content-Encoding that is not taken: the coding that is.", "schema": {"type": "string", "const": "identity"}},
  "AcceptPatch": {"description": "The media type of patches.", "schema": {"type": "string"}}
},
"parameters": {
  "AccountId": {"name": "id", "in": "path", "required": true, "description": "The account.", "schema": {"type": "string", "format": "uuid"}},
  "EventId": {"name": "id", "in": "path", "required": true, "description": "The event.", "schema": {"type": "string", "format": "uuid"}},
  "MediaId": {"name": "id", "in": "path", "required": true, "description": "The media.", "schema": {"type": "string", "format": "uuid"}},
  "PartNumber": {"name": "number", "in": "path", "required": true, "description": "The part, from 1 on.", "schema": {"type": "integer", "minimum": 1, "maximum": $parts_max$}},
  "PreviewName": {"name": "name", "in": "path", "required": true, "description": "The preview.", "schema": {"type": "string", "enum": $preview_names$}},
  "OfEvent": {"name": "event_id", "in": "query", "description": "Of this event.", "schema": {"type": "string", "format": "uuid"}},
  "ContentDigest": {"name": "Content-Digest", "in": "header", "description": "The SHA-256 that the content has (RFC 9530); it is verified.", "schema": {"type": "string"}, "example": "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"},
  "Range": {"name": "Range", "in": "header", "description": "Which bytes; several ranges are answered as multipart/byteranges.", "schema": {"type": "string"}, "example": "bytes=0-99"},
  "IfRange": {"name": "If-Range", "in": "header", "description": "The ETag or date that a part is at hand of: of another content, all of it is sent.", "schema": {"type": "string"}},
  "IfModifiedSince": {"name": "If-Modified-Since", "in": "header", "description": "When the content at hand was fetched; without If-None-Match.", "schema": {"type": "string"}},
  "IfUnmodifiedSince": {"name": "If-Unmodified-Since", "in": "header", "description": "When the content wanted was fetched; without If-Match: 412 if it is another by now.", "schema": {"type": "string"}},
  "CorrelationId": {"name": "X-Correlation-ID", "in": "header", "description": "An id of the caller's for this request, carried to every log line and back. One that is not 1 to 128 of the characters `A-Za-z0-9._-` is replaced by one of ours.", "schema": {"type": "string"}},
  "IdempotencyKey": {"name": "Idempotency-Key", "in": "header", "description": "Makes the request safe to repeat: the first answer below 500, other than 412, 428 and 429, is kept, a day by default, and replayed. The same request is one with the same method, URI, caller and content to the byte: members of a JSON object in another order are another content, and refused with 422.", "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"}, "example": "8e03978e-40d5-43e8-bc93-6894a57f9324"},
  "IfMatchRequired": {"name": "If-Match", "in": "header", "required": true, "description": "ETags of versions that may be changed, or `*` for any. One that is weak or no ETag matches none: 412.", "schema": {"type": "string", "pattern": "$tags_pattern$"}, "example": "\"2\""},
  "IfMatch": {"name": "If-Match", "in": "header", "description": "ETags of versions that may be changed, or `*` for any. One that is weak or no ETag matches none: 412.", "schema": {"type": "string", "pattern": "$tags_pattern$"}, "example": "\"2\""},
  "IfNoneMatch": {"name": "If-None-Match", "in": "header", "description": "ETags that are known, or `*`: 304 if one of them still holds. What is no ETag is ignored.", "schema": {"type": "string"}, "example": "\"2\""},
  "Owner": {"name": "owner", "in": "query", "description": "Of this account.", "schema": {"type": "string", "format": "uuid"}},
  "Status": {"name": "status", "in": "query", "description": "In this status.", "schema": {"type": "string", "enum": $event_statuses$}},
  "Category": {"name": "category", "in": "query", "description": "Of this category.", "schema": {"$ref": "#/components/schemas/Category"}},
  "Tag": {"name": "tag", "in": "query", "description": "With this tag; given several times, with all of them.", "style": "form", "explode": true, "schema": {"type": "array", "maxItems": $filter_tags_max$, "items": {"type": "string", "minLength": 1, "maxLength": $tag_characters_max$, "pattern": "$line_pattern$"}}},
  "StartsAfter": {"name": "starts_after", "in": "query", "description": "That start then or later.", "schema": {"type": "string", "format": "date-time"}},
  "StartsBefore": {"name": "starts_before", "in": "query", "description": "That start before then; later than `starts_after`.", "schema": {"type": "string", "format": "date-time"}},
  "Search": {"name": "q", "in": "query", "description": "With these words in title or description.", "schema": {"type": "string", "minLength": 1, "maxLength": $search_characters_max$, "pattern": "$line_pattern$"}},
  "Sort": {"name": "sort", "in": "query", "description": "The order; `-` is descending.", "schema": {"type": "string", "enum": ["starts_at", "-starts_at", "created_at", "-created_at"], "default": "starts_at"}},
  "Limit": {"name": "limit", "in": "query", "description": "Items a page at most.", "schema": {"type": "integer", "minimum": 1, "maximum": $limit_max$, "default": $limit_default$}},
  "Cursor": {"name": "cursor", "in": "query", "description": "`next_cursor` of the page before; empty for the first one.", "schema": {"type": "string", "pattern": "^([A-Za-z0-9_-]{55})?$"}}
},
"schemas": {
  "Problem": {
    "type": "object",
    "description": "Why a request was refused or failed (RFC 9457). `code` is stable: decide by it.",
    "required": ["type", "title", "status", "code", "correlation_id", "trace_id"],
    "properties": {
      "type": {"type": "string", "format": "uri-reference", "description": "Where the problem is explained."},
      "title": {"type": "string"},
      "status": {"type": "integer", "minimum": 400, "maximum": 599},
      "detail": {"type": "string", "description": "What happened this time, for people."},
      "code": {"type": "string", "enum": $problem_codes$},
      "correlation_id": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"},
      "trace_id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
      "errors": {"type": "array", "description": "Every field that is at fault.", "items": {"$ref": "#/components/schemas/FieldFault"}}
    }
  },
  "FieldFault": {
    "type": "object",
    "required": ["pointer", "message"],
    "properties": {
      "pointer": {"type": "string", "description": "A JSON pointer (RFC 6901) into the content, or `?name` of a parameter."},
      "message": {"type": "string"}
    }
  },
  "Email": {"type": "string", "format": "email", "maxLength": $email_bytes_max$},
  "DisplayName": {"type": "string", "minLength": 1, "maxLength": $display_name_characters_max$, "pattern": "$line_pattern$", "description": "One line, not blank."},
  "NewAccount": {
    "type": "object",
    "additionalProperties": false,
    "required": ["email", "display_name", "password"],
    "properties": {
      "email": {"$ref": "#/components/schemas/Email"},
      "display_name": {"$ref": "#/components/schemas/DisplayName"},
      "password": {"$ref": "#/components/schemas/NewPassword"}
    }
  },
  "Account": {
    "type": "object",
    "required": ["id", "email", "display_name", "role", "created_at"],
    "properties": {
      "id": {"type": "string", "format": "uuid"},
      "email": {"$ref": "#/components/schemas/Email"},
      "display_name": {"$ref": "#/components/schemas/DisplayName"},
      "role": {"type": "string", "enum": $roles$},
      "created_at": {"type": "string", "format": "date-time"}
    }
  },
  "Credentials": {
    "type": "object",
    "additionalProperties": false,
    "required": ["email", "password"],
    "properties": {"email": {"type": "string"}, "password": {"type": "string", "format": "password"}}
  },
  $account_schemas$,
  "RefreshToken": {
    "type": "object",
    "additionalProperties": false,
    "required": ["refresh_token"],
    "properties": {"refresh_token": {"type": "string"}}
  },
  "TokenPair": {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "refresh_token", "refresh_expires_in"],
    "properties": {
      "access_token": {"type": "string", "description": "A signed JWT. Send it as `Authorization: Bearer <token>`."},
      "token_type": {"type": "string", "const": "Bearer"},
      "expires_in": {"type": "integer", "minimum": 1, "description": "Seconds."},
      "refresh_token": {"type": "string", "description": "Opaque; good for one use."},
      "refresh_expires_in": {"type": "integer", "minimum": 1, "description": "Seconds."}
    }
  },
  "JwkSet": {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "items": {"type": "object", "required": ["kty", "kid"], "properties": {"kty": {"type": "string"}, "crv": {"type": "string"}, "alg": {"type": "string"}, "use": {"type": "string"}, "kid": {"type": "string"}, "x": {"type": "string"}}}}}
  },
  "Category": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": $category_characters_max$},
  "Tags": {"type": "array", "maxItems": $tags_max$, "uniqueItems": true, "items": {"type": "string", "minLength": 1, "maxLength": $tag_characters_max$, "pattern": "$line_pattern$"}},
  "Title": {"type": "string", "minLength": 1, "maxLength": $title_characters_max$, "pattern": "$line_pattern$", "description": "One line, not blank."},
  "Description": {"type": "string", "maxLength": $description_characters_max$, "pattern": "$lines_pattern$"},
  "TimeZone": {"type": "string", "minLength": 1, "description": "An IANA time zone name.", "examples": ["Europe/Paris"]},
  "Capacity": {"type": "integer", "minimum": $capacity_min$, "maximum": $capacity_max$},
  "AmountMinor": {"type": "integer", "minimum": 0, "maximum": $amount_minor_max$, "description": "In the currency's minor unit, cents for EUR."},
  "Currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "A current ISO 4217 code."},
  "VenueName": {"type": "string", "minLength": 1, "maxLength": $venue_name_characters_max$, "pattern": "$line_pattern$"},
  "VenueAddress": {"type": "string", "maxLength": $venue_address_characters_max$, "pattern": "$one_line_pattern$"},
  "Latitude": {"type": "number", "minimum": -90, "maximum": 90, "description": "Degrees, WGS 84."},
  "Longitude": {"type": "number", "minimum": -180, "maximum": 180, "description": "Degrees, WGS 84."},
  "Venue": {
    "type": "object",
    "required": ["name", "address", "latitude", "longitude"],
    "properties": {
      "name": {"$ref": "#/components/schemas/VenueName"},
      "address": {"$ref": "#/components/schemas/VenueAddress"},
      "latitude": {"$ref": "#/components/schemas/Latitude"},
      "longitude": {"$ref": "#/components/schemas/Longitude"}
    }
  },
  "NewVenue": {
    "type": "object",
    "additionalProperties": false,
    "required": ["name", "latitude", "longitude"],
    "properties": {
      "name": {"$ref": "#/components/schemas/VenueName"},
      "address": {"anyOf": [{"$ref": "#/components/schemas/VenueAddress"}, {"type": "null"}]},
      "latitude": {"$ref": "#/components/schemas/Latitude"},
      "longitude": {"$ref": "#/components/schemas/Longitude"}
    }
  },
  "Price": {
    "type": "object",
    "required": ["amount_minor", "currency"],
    "properties": {"amount_minor": {"$ref": "#/components/schemas/AmountMinor"}, "currency": {"$ref": "#/components/schemas/Currency"}}
  },
  "NewPrice": {
    "type": "object",
    "additionalProperties": false,
    "required": ["amount_minor", "currency"],
    "properties": {"amount_minor": {"$ref": "#/components/schemas/AmountMinor"}, "currency": {"$ref": "#/components/schemas/Currency"}}
  },
  "NewEvent": {
    "type": "object",
    "additionalProperties": false,
    "required": ["title", "category", "starts_at", "ends_at", "time_zone", "capacity", "price"],
    "properties": {
      "title": {"$ref": "#/components/schemas/Title"},
      "description": {"anyOf": [{"$ref": "#/components/schemas/Description"}, {"type": "null"}]},
      "category": {"$ref": "#/components/schemas/Category"},
      "tags": {"anyOf": [{"$ref": "#/components/schemas/Tags"}, {"type": "null"}]},
      "venue": {"anyOf": [{"$ref": "#/components/schemas/NewVenue"}, {"type": "null"}]},
      "starts_at": {"type": "string", "format": "date-time"},
      "ends_at": {"type": "string", "format": "date-time", "description": "After `starts_at`."},
      "time_zone": {"$ref": "#/components/schemas/TimeZone"},
      "capacity": {"$ref": "#/components/schemas/Capacity"},
      "price": {"$ref": "#/components/schemas/NewPrice"}
    }
  },
  "EventPatch": {
    "type": "object",
    "additionalProperties": false,
    "properties": {
      "title": {"$ref": "#/components/schemas/Title"},
      "description": {"anyOf": [{"$ref": "#/components/schemas/Description"}, {"type": "null"}]},
      "category": {"$ref": "#/components/schemas/Category"},
      "tags": {"anyOf": [{"$ref": "#/components/schemas/Tags"}, {"type": "null"}]},
      "venue": {"anyOf": [{"$ref": "#/components/schemas/VenuePatch"}, {"type": "null"}]},
      "starts_at": {"type": "string", "format": "date-time"},
      "ends_at": {"type": "string", "format": "date-time"},
      "time_zone": {"$ref": "#/components/schemas/TimeZone"},
      "capacity": {"$ref": "#/components/schemas/Capacity"},
      "price": {"$ref": "#/components/schemas/PricePatch"}
    }
  },
  "VenuePatch": {
    "type": "object",
    "additionalProperties": false,
    "description": "Merged into the venue there is. Where there is none, name, latitude and longitude are required.",
    "properties": {
      "name": {"$ref": "#/components/schemas/VenueName"},
      "address": {"anyOf": [{"$ref": "#/components/schemas/VenueAddress"}, {"type": "null"}]},
      "latitude": {"$ref": "#/components/schemas/Latitude"},
      "longitude": {"$ref": "#/components/schemas/Longitude"}
    }
  },
  "PricePatch": {
    "type": "object",
    "additionalProperties": false,
    "properties": {"amount_minor": {"$ref": "#/components/schemas/AmountMinor"}, "currency": {"$ref": "#/components/schemas/Currency"}}
  },
  "Event": {
    "type": "object",
    "required": ["id", "owner_id", "status", "title", "description", "category", "tags", "venue", "starts_at", "ends_at", "time_zone", "capacity", "price", "version", "created_at", "updated_at"],
    "properties": {
      "id": {"type": "string", "format": "uuid"},
      "owner_id": {"type": "string", "format": "uuid"},
      "status": {"type": "string", "enum": $event_statuses$},
      "title": {"$ref": "#/components/schemas/Title"},
      "description": {"$ref": "#/components/schemas/Description"},
      "category": {"$ref": "#/components/schemas/Category"},
      "tags": {"$ref": "#/components/schemas/Tags"},
      "venue": {"anyOf": [{"$ref": "#/components/schemas/Venue"}, {"type": "null"}]},
      "starts_at": {"type": "string", "format": "date-time"},
      "ends_at": {"type": "string", "format": "date-time"},
      "time_zone": {"$ref": "#/components/schemas/TimeZone"},
      "capacity": {"$ref": "#/components/schemas/Capacity"},
      "price": {"$ref": "#/components/schemas/Price"},
      "version": {"type": "integer", "minimum": 1, "description": "Grows by one with each change. The ETag is this in quotes."},
      "created_at": {"type": "string", "format": "date-time"},
      "updated_at": {"type": "string", "format": "date-time"}
    }
  },
  "EventPage": {
    "type": "object",
    "required": ["items", "next_cursor"],
    "properties": {
      "items": {"type": "array", "maxItems": $limit_max$, "items": {"$ref": "#/components/schemas/Event"}},
      "next_cursor": {"type": ["string", "null"], "description": "`null` on the last page."}
    }
  },
  $media_schemas$,
  "OpenapiDocument": {"type": "object", "required": ["openapi", "info", "paths"], "properties": {"openapi": {"type": "string"}, "info": {"type": "object"}, "paths": {"type": "object"}}},
  "Page": {"type": "string"},
  "Start": {"type": "object", "required": ["links"], "properties": {"links": {"type": "array", "items": {
    "type": "object", "required": ["path", "title"], "properties": {"path": {"type": "string"}, "title": {"type": "string"}}}}}},
  "Liveness": {"type": "object", "required": ["status"], "properties": {"status": {"type": "string", "const": "live"}}}
}
})json";

std::string json_list(std::span<const std::string_view> names) {
  telemetry::JsonWriter json;
  json.begin_array();
  for (const std::string_view name : names) json.value(name);
  json.end_array();
  return json.take();
}

std::string problem_codes() {
  std::vector<std::string_view> codes;
  for (const ProblemType* type : all_problem_types()) codes.push_back(type->code);
  return json_list(codes);
}

/// Patterns of ECMA-262, as JSON writes them. What a line must not have: control characters,
/// breaks.
constexpr std::string_view kOneLinePattern =
    R"(^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$)";
/// The same with something to see: the rules know more of what is blank than a pattern can say.
constexpr std::string_view kLinePattern =
    R"(^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*[^\\s\\u0000-\\u001f\\u007f-\\u009f])"
    R"([^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$)";
constexpr std::string_view kLinesPattern =
    R"(^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f]*$)";
constexpr std::string_view kTagsPattern = R"(^(\\*|(W/)?\"[!#-~]*\"( *, *(W/)?\"[!#-~]*\")*)$)";

struct Limit {
  std::string_view name;
  std::string value;
};

std::vector<Limit> limits() {
  using domain::AccountLimits;
  using domain::EventLimits;
  using domain::EventQuery;
  using domain::PasswordLimits;
  using std::to_string;
  return {
      // The first: they have limits of their own.
      {"account_schemas", std::string(kAccountSchemas)},
      {"media_schemas", std::string(kMediaSchemas)},
      {"line_pattern", std::string(kLinePattern)},
      {"one_line_pattern", std::string(kOneLinePattern)},
      {"lines_pattern", std::string(kLinesPattern)},
      {"tags_pattern", std::string(kTagsPattern)},
      {"problem_codes", problem_codes()},
      {"roles", json_list(domain::kRoleNames)},
      {"event_statuses", json_list(domain::kEventStatusNames)},
      {"media_states", json_list(domain::kMediaStateNames)},
      {"preview_names", json_list(domain::kPreviewNames)},
      {"media_type_names", domain::accepted_type_names()},
      {"parts_max", to_string(domain::MediaLimits::kPartsMax)},
      {"file_name_characters_max", to_string(domain::MediaLimits::kFileNameCharactersMax)},
      {"email_bytes_max", to_string(AccountLimits::kEmailBytesMax)},
      {"display_name_characters_max", to_string(AccountLimits::kDisplayNameCharactersMax)},
      {"password_characters_min", to_string(PasswordLimits::kCharactersMin)},
      {"password_characters_max", to_string(PasswordLimits::kCharactersMax)},
      {"title_characters_max", to_string(EventLimits::kTitleCharactersMax)},
      {"description_characters_max", to_string(EventLimits::kDescriptionCharactersMax)},
      {"category_characters_max", to_string(EventLimits::kCategoryCharactersMax)},
      {"tags_max", to_string(EventLimits::kTagsMax)},
      {"tag_characters_max", to_string(EventLimits::kTagCharactersMax)},
      {"venue_name_characters_max", to_string(EventLimits::kVenueNameCharactersMax)},
      {"venue_address_characters_max", to_string(EventLimits::kVenueAddressCharactersMax)},
      {"capacity_min", to_string(EventLimits::kCapacityMin)},
      {"capacity_max", to_string(EventLimits::kCapacityMax)},
      {"amount_minor_max", to_string(EventLimits::kAmountMinorMax)},
      {"filter_tags_max", to_string(EventQuery::kTagsMax)},
      {"search_characters_max", to_string(EventQuery::kSearchCharactersMax)},
      {"limit_max", to_string(EventQuery::kLimitMax)},
      {"limit_default", to_string(EventQuery::kLimitDefault)},
  };
}

}  // namespace

std::string openapi_components() {
  std::string text(kComponents);
  for (const Limit& limit : limits()) {
    const std::string name = '$' + std::string(limit.name) + '$';
    for (std::size_t at = text.find(name); at != std::string::npos; at = text.find(name, at)) {
      text.replace(at, name.size(), limit.value);
    }
  }
  return compact_json(text);
}

std::string compact_json(std::string_view json) {
  std::string compact;
  bool is_in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    const bool is_space = c == ' ' || c == '\n';
    if (is_in_string || !is_space) compact.push_back(c);
    if (is_in_string && c == '\\') compact.push_back(json[++i]);
    if (c == '"') is_in_string = !is_in_string;
  }
  return compact;
}

}  // namespace vigie::http
