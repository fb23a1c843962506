#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/platform/core/digest.hpp"

namespace vigie::domain {

/// SHA-256 of a content.
struct ContentHash {
  core::Digest bytes{};

  /// Accepts 64 hexadecimal digits in either case, nothing else.
  static std::optional<ContentHash> parse(std::string_view text);
  /// 64 lower-case hexadecimal digits.
  std::string to_string() const;
  auto operator<=>(const ContentHash&) const = default;
};

}  // namespace vigie::domain
