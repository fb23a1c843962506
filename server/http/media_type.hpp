#pragma once

#include <string_view>

namespace vigie::http {

namespace media_types {
inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kMergePatch = "application/merge-patch+json";
inline constexpr std::string_view kProblem = "application/problem+json";
inline constexpr std::string_view kJwkSet = "application/jwk-set+json";
inline constexpr std::string_view kHtml = "text/html";
inline constexpr std::string_view kPlain = "text/plain";
}  // namespace media_types

/// Whether a Content-Type names `media_type`. Parameters have no say: the types of JSON define
/// none, a charset least of all (RFC 8259, 11).
bool is_content_type(std::string_view content_type, std::string_view media_type) noexcept;

/// Whether an Accept header (RFC 9110, 12.5.1) lets `media_type` be sent: the most specific range
/// that covers it has a weight above 0. An empty header accepts everything. `accept`: all lines of
/// the field as one.
bool accepts(std::string_view accept, std::string_view media_type) noexcept;

/// Whether an Accept header names HTML, and JSON not before it: browsers do, programs do not.
bool prefers_html(std::string_view accept) noexcept;

}  // namespace vigie::http
