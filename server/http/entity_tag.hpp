#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::http {

/// The strong entity tag of a version: `"7"` (RFC 9110, 8.8.3).
std::string entity_tag(std::int64_t version);

/// Whether an If-None-Match header names `tag`, by weak comparison, or is `*`.
bool none_match_names(std::string_view if_none_match, std::string_view tag) noexcept;

/// What an If-Match header asks for. Tags that are weak, malformed or of no version can match
/// nothing and are left out.
struct IfMatch {
  bool is_any = false;  // `*`
  std::vector<std::int64_t> versions;
};

IfMatch parse_if_match(std::string_view if_match);

}  // namespace vigie::http
