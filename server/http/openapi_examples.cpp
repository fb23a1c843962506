#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "server/http/openapi_components.hpp"

namespace vigie::http {
namespace {

struct Example {
  std::string_view schema;
  std::string_view json;
};

// A test holds each of them against its schema.
constexpr std::array<Example, 19> kExamples = {{
    {"NewAccount", R"json({
  "email": "ada@example.org",
  "display_name": "Ada Lovelace",
  "password": "correct horse battery staple"
})json"},
    {"Account", R"json({
  "id": "0190a6e8-7f00-7c3a-9a3b-1d2f3a4b5c6d",
  "email": "ada@example.org",
  "display_name": "Ada Lovelace",
  "role": "organiser",
  "created_at": "2030-01-15T09:30:00Z"
})json"},
    {"Credentials", R"json({
  "email": "ada@example.org",
  "password": "correct horse battery staple"
})json"},
    {"PasswordChange", R"json({
  "current_password": "correct horse battery staple",
  "new_password": "four other words than these"
})json"},
    {"Password", R"json({
  "password": "correct horse battery staple"
})json"},
    {"ResetRequest", R"json({
  "email": "ada@example.org"
})json"},
    {"PasswordReset", R"json({
  "token": "dGhpcyBpcyBub3QgYSByZWFsIHRva2VuLCBzb3JyeSE",
  "new_password": "four other words than these"
})json"},
    {"RefreshToken", R"json({
  "refresh_token": "dGhpcyBpcyBub3QgYSByZWFsIHRva2VuLCBzb3JyeSE"
})json"},
    {"TokenPair", R"json({
  "access_token": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIwMTkwYTZlOCJ9.c2lnbmF0dXJl",
  "token_type": "Bearer",
  "expires_in": 900,
  "refresh_token": "dGhpcyBpcyBub3QgYSByZWFsIHRva2VuLCBzb3JyeSE",
  "refresh_expires_in": 2592000
})json"},
    {"JwkSet", R"json({
  "keys": [
    {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": "2030-01",
     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
  ]
})json"},
    {"NewEvent", R"json({
  "title": "Evening of chamber music",
  "description": "Two quartets, one interval.",
  "category": "concert",
  "tags": ["music", "evening"],
  "venue": {"name": "Old Town Hall", "address": "1 Market Square", "latitude": 48.8566, "longitude": 2.3522},
  "starts_at": "2030-06-01T18:00:00Z",
  "ends_at": "2030-06-01T21:00:00Z",
  "time_zone": "Europe/Paris",
  "capacity": 250,
  "price": {"amount_minor": 2500, "currency": "EUR"}
})json"},
    {"EventPatch", R"json({
  "title": "Evening of chamber music, postponed",
  "starts_at": "2030-06-02T18:00:00Z",
  "ends_at": "2030-06-02T21:00:00Z",
  "venue": null
})json"},
    {"Event", R"json({
  "id": "0190a6e8-9c40-7d11-8f20-5e6f7a8b9c0d",
  "owner_id": "0190a6e8-7f00-7c3a-9a3b-1d2f3a4b5c6d",
  "status": "published",
  "title": "Evening of chamber music",
  "description": "Two quartets, one interval.",
  "category": "concert",
  "tags": ["music", "evening"],
  "venue": {"name": "Old Town Hall", "address": "1 Market Square", "latitude": 48.8566, "longitude": 2.3522},
  "starts_at": "2030-06-01T18:00:00Z",
  "ends_at": "2030-06-01T21:00:00Z",
  "time_zone": "Europe/Paris",
  "capacity": 250,
  "price": {"amount_minor": 2500, "currency": "EUR"},
  "version": 2,
  "created_at": "2030-01-15T10:00:00Z",
  "updated_at": "2030-01-16T08:12:45.120533Z"
})json"},
    {"NewMedia", R"json({
  "file_name": "Old Town Hall, evening.jpeg",
  "type": "image/jpeg",
  "bytes": 31457280,
  "sha256": "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38",
  "event_id": "0190a6e8-9c40-7d11-8f20-5e6f7a8b9c0d",
  "part_bytes": 16777216
})json"},
    {"Media", R"json({
  "id": "0190a6e8-b300-7a44-9d21-7f8091a2b3c4",
  "owner_id": "0190a6e8-7f00-7c3a-9a3b-1d2f3a4b5c6d",
  "event_id": "0190a6e8-9c40-7d11-8f20-5e6f7a8b9c0d",
  "state": "ready",
  "file_name": "Old Town Hall, evening.jpeg",
  "declared_type": "image/jpeg",
  "type": "image/jpeg",
  "bytes": 31457280,
  "sha256": "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38",
  "width": 4032,
  "height": 3024,
  "content_url": "/api/v1/media/0190a6e8-b300-7a44-9d21-7f8091a2b3c4/content",
  "previews": [{"name": "small.webp", "url": "/api/v1/media/0190a6e8-b300-7a44-9d21-7f8091a2b3c4/previews/small.webp"}],
  "job_id": "0190a6e8-c100-7b55-8e32-8091a2b3c4d5",
  "failure": null,
  "created_at": "2030-01-15T10:00:00Z",
  "updated_at": "2030-01-15T10:00:00Z",
  "expires_at": null,
  "completed_at": "2030-01-15T10:00:00Z",
  "deleted_at": null,
  "purge_at": null
})json"},
    {"Upload", R"json({
  "id": "0190a6e8-b300-7a44-9d21-7f8091a2b3c4",
  "owner_id": "0190a6e8-7f00-7c3a-9a3b-1d2f3a4b5c6d",
  "event_id": "0190a6e8-9c40-7d11-8f20-5e6f7a8b9c0d",
  "state": "uploading",
  "file_name": "Old Town Hall, evening.jpeg",
  "declared_type": "image/jpeg",
  "type": null,
  "bytes": 31457280,
  "sha256": "44aff4ab2d7c3250525675a08f0cfa9591168cffe51791c5f5bbc417c15a6c38",
  "width": null,
  "height": null,
  "content_url": null,
  "previews": [],
  "job_id": null,
  "failure": null,
  "created_at": "2030-01-15T10:00:00Z",
  "updated_at": "2030-01-15T10:00:00Z",
  "expires_at": "2030-01-16T10:00:00Z",
  "completed_at": null,
  "deleted_at": null,
  "purge_at": null,
  "part_bytes": 16777216,
  "part_count": 2,
  "complete_url": "/api/v1/media/0190a6e8-b300-7a44-9d21-7f8091a2b3c4/complete",
  "parts": [
    {"number": 1, "offset": 0, "bytes": 16777216, "url": "/api/v1/media/0190a6e8-b300-7a44-9d21-7f8091a2b3c4/parts/1", "is_received": true,
     "sha256": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"},
    {"number": 2, "offset": 16777216, "bytes": 14680064, "url": "/api/v1/media/0190a6e8-b300-7a44-9d21-7f8091a2b3c4/parts/2", "is_received": false, "sha256": null}
  ]
})json"},
    {"MediaPart",
     R"json({"number": 1, "offset": 0, "bytes": 16777216, "url": "/api/v1/media/0190a6e8-b300-7a44-9d21-7f8091a2b3c4/parts/1", "is_received": true,
     "sha256": "b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c"})json"},
    {"Start",
     R"json({"links": [{"path": "/api/v1/docs", "title": "The API, with commands to try"}]})json"},
    {"Liveness", R"json({"status": "live"})json"},
}};

}  // namespace

std::string openapi_example(std::string_view schema) {
  if (schema == "EventPage") {
    return R"({"items":[)" + openapi_example("Event") +
           R"(],"next_cursor":"AQAGw6yYJVgAAZCm6JxAfRGPIF5vepi8DQ"})";
  }
  if (schema == "MediaPage") {
    return R"({"items":[)" + openapi_example("Media") +
           R"(],"next_cursor":"AQAGw6yYJVgAAZCm6LMAekSdIX-AkaKzxA"})";
  }
  const auto* const found = std::find_if(kExamples.begin(), kExamples.end(),
                                         [&](const Example& e) { return e.schema == schema; });
  return found == kExamples.end() ? std::string{} : compact_json(found->json);
}

}  // namespace vigie::http
