#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vigie::http {

/// The strong entity tag of a version: `"7"` (RFC 9110, 8.8.3).
std::string entity_tag(std::int64_t version);

/// One entity tag as a request names it. It views the field's value.
struct EntityTag {
  std::string_view opaque;  // with its quotes
  bool is_weak = false;

  /// Nothing when `text` is not exactly one. What stands between the quotes is taken as it is: a
  /// comma ends nothing, and a backslash escapes nothing.
  static std::optional<EntityTag> parse(std::string_view text) noexcept;
  /// The version whose tag this is, if it is a strong one of a version.
  std::optional<std::int64_t> version() const noexcept;
};

/// RFC 9110, 8.8.3.2.
bool match_strongly(const EntityTag& a, const EntityTag& b) noexcept;
bool match_weakly(const EntityTag& a, const EntityTag& b) noexcept;

/// What If-Match or If-None-Match lists. Elements that are no entity tags can match nothing and are
/// left out.
struct EntityTags {
  bool is_any = false;  // `*`, and nothing else
  std::vector<EntityTag> tags;

  /// `list`: all lines of the field as one. The result has views into it.
  static EntityTags parse(std::string_view list);
};

}  // namespace vigie::http
