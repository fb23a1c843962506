#include "server/http/entity_tag.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "server/http/ascii.hpp"

namespace vigie::http {
namespace {

/// etagc of RFC 9110, 8.8.3: visible but for the quote, and whatever is not ASCII.
constexpr bool is_tag_character(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x21 || (byte >= 0x23 && byte != 0x7f);
}

/// Takes the element at the front off the list: up to the comma that is in no tag.
std::string_view next_tag(std::string_view& list) noexcept {
  std::size_t end = 0;
  bool is_quoted = false;
  for (; end < list.size() && (is_quoted || list[end] != ','); ++end) {
    if (list[end] == '"') is_quoted = !is_quoted;
  }
  const std::string_view element = list.substr(0, end);
  list.remove_prefix(std::min(end + 1, list.size()));
  return trimmed(element);
}

}  // namespace

std::string entity_tag(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

std::optional<EntityTag> EntityTag::parse(std::string_view text) noexcept {
  EntityTag tag{.opaque = text, .is_weak = text.starts_with("W/")};
  if (tag.is_weak) tag.opaque.remove_prefix(2);
  const std::string_view quoted = tag.opaque;
  const bool is_tag = quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"' &&
                      std::all_of(quoted.begin() + 1, quoted.end() - 1, is_tag_character);
  return is_tag ? std::optional(tag) : std::nullopt;
}

std::optional<std::int64_t> EntityTag::version() const noexcept {
  const std::string_view digits = opaque.substr(1, opaque.size() - 2);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  const bool is_canonical = !digits.empty() && digits.front() >= '1' && digits.front() <= '9';
  const bool is_version =
      !is_weak && is_canonical && error == std::errc{} && end == digits.data() + digits.size();
  return is_version ? std::optional(version) : std::nullopt;
}

bool match_strongly(const EntityTag& a, const EntityTag& b) noexcept {
  return !a.is_weak && !b.is_weak && a.opaque == b.opaque;
}

bool match_weakly(const EntityTag& a, const EntityTag& b) noexcept { return a.opaque == b.opaque; }

EntityTags EntityTags::parse(std::string_view list) {
  EntityTags wanted;
  bool is_all_stars = true;
  bool has_star = false;
  while (!list.empty()) {
    const std::string_view element = next_tag(list);
    if (element.empty()) continue;
    has_star |= element == "*";
    is_all_stars &= element == "*";
    if (const auto tag = EntityTag::parse(element)) wanted.tags.push_back(*tag);
  }
  wanted.is_any = has_star && is_all_stars;
  return wanted;
}

}  // namespace vigie::http
