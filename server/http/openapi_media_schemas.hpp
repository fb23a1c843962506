#pragma once

#include <string_view>

namespace vigie::http {

/// Members of `components.schemas`; $name$ stands for a limit or a list of the domain.
inline constexpr std::string_view kMediaSchemas =
    R"json("Sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
  "FileName": {"type": "string", "minLength": 1, "maxLength": $file_name_characters_max$, "pattern": "$line_pattern$", "description": "One line of any text, without controls of direction (U+202A to U+202E, U+2066 to U+2069): it is shown, and never a path."},
  "NewMedia": {
    "type": "object",
    "additionalProperties": false,
    "required": ["file_name", "type", "bytes"],
    "properties": {
      "file_name": {"$ref": "#/components/schemas/FileName"},
      "type": {"type": "string", "description": "What the content is; its bytes must say the same. Taken are $media_type_names$, under other names of theirs too. Parameters, as in `video/webm;codecs=vp8,opus`, have no say."},
      "bytes": {"type": "integer", "minimum": 1, "description": "Over the server's limit it is refused."},
      "sha256": {"anyOf": [{"type": "string", "pattern": "^[0-9A-Fa-f]{64}$"}, {"type": "null"}], "description": "Of the whole content; verified when the upload is completed."},
      "event_id": {"type": ["string", "null"], "format": "uuid"},
      "part_bytes": {"type": ["integer", "null"], "description": "Of all parts but the last, 5 to 64 MiB. Left out: one part up to 64 MiB, then 16 MiB or more."}
    }
  },
  "MediaPart": {
    "type": "object",
    "required": ["number", "offset", "bytes", "url", "is_received", "sha256"],
    "properties": {
      "number": {"type": "integer", "minimum": 1, "maximum": $parts_max$},
      "offset": {"type": "integer", "minimum": 0},
      "bytes": {"type": "integer", "minimum": 1},
      "url": {"type": "string", "format": "uri-reference", "description": "Where its bytes are sent to."},
      "is_received": {"type": "boolean"},
      "sha256": {"anyOf": [{"$ref": "#/components/schemas/Sha256"}, {"type": "null"}], "description": "Of what was received."}
    }
  },
  "Media": {
    "type": "object",
    "required": ["id", "owner_id", "event_id", "state", "file_name", "declared_type", "type", "bytes", "sha256", "width", "height", "content_url", "previews", "job_id", "failure", "created_at", "updated_at", "expires_at", "completed_at", "deleted_at", "purge_at"],
    "properties": {
      "id": {"type": "string", "format": "uuid"},
      "owner_id": {"type": "string", "format": "uuid"},
      "event_id": {"type": ["string", "null"], "format": "uuid"},
      "state": {"type": "string", "enum": $media_states$, "description": "`failed`: no previews could be made; the content is there all the same."},
      "file_name": {"$ref": "#/components/schemas/FileName"},
      "declared_type": {"type": "string", "description": "As it was said, with its parameters."},
      "type": {"type": ["string", "null"], "description": "What the bytes say, without parameters; `null` while it is uploaded."},
      "bytes": {"type": "integer", "minimum": 1},
      "sha256": {"anyOf": [{"$ref": "#/components/schemas/Sha256"}, {"type": "null"}], "description": "As declared, until it is verified."},
      "width": {"type": ["integer", "null"], "description": "Pixels, orientation applied."},
      "height": {"type": ["integer", "null"]},
      "content_url": {"type": ["string", "null"], "format": "uri-reference"},
      "previews": {"type": "array", "items": {"type": "object", "required": ["name", "url"], "properties": {"name": {"type": "string", "enum": $preview_names$}, "url": {"type": "string", "format": "uri-reference"}}}},
      "job_id": {"type": ["string", "null"], "format": "uuid", "description": "Of the job that makes the previews."},
      "failure": {"type": ["string", "null"], "description": "Why there are no previews."},
      "created_at": {"type": "string", "format": "date-time"},
      "updated_at": {"type": "string", "format": "date-time"},
      "expires_at": {"type": ["string", "null"], "format": "date-time", "description": "When the upload is abandoned unless another part comes."},
      "completed_at": {"type": ["string", "null"], "format": "date-time"},
      "deleted_at": {"type": ["string", "null"], "format": "date-time"},
      "purge_at": {"type": ["string", "null"], "format": "date-time", "description": "Until then it can be restored."}
    }
  },
  "Upload": {
    "allOf": [
      {"$ref": "#/components/schemas/Media"},
      {"type": "object", "required": ["part_bytes", "part_count", "complete_url", "parts"], "properties": {
        "part_bytes": {"type": "integer", "minimum": 1, "description": "Of all parts but the last."},
        "part_count": {"type": "integer", "minimum": 1, "maximum": $parts_max$},
        "complete_url": {"type": "string", "format": "uri-reference"},
        "parts": {"type": "array", "items": {"$ref": "#/components/schemas/MediaPart"}}
      }}
    ]
  },
  "MediaPage": {
    "type": "object",
    "required": ["items", "next_cursor"],
    "properties": {
      "items": {"type": "array", "maxItems": $limit_max$, "items": {"$ref": "#/components/schemas/Media"}},
      "next_cursor": {"type": ["string", "null"], "description": "`null` on the last page."}
    }
  })json";

}  // namespace vigie::http
