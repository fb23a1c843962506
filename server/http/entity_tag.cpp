#include "server/http/entity_tag.hpp"

#include <charconv>
#include <optional>

#include "server/http/ascii.hpp"

namespace vigie::http {
namespace {

std::optional<std::int64_t> version_of(std::string_view tag) noexcept {
  if (tag.size() < 3 || tag.front() != '"' || tag.back() != '"') return std::nullopt;
  const std::string_view digits = tag.substr(1, tag.size() - 2);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), version);
  const bool is_canonical = digits.front() >= '1' && digits.front() <= '9';
  if (error != std::errc{} || end != digits.data() + digits.size() || !is_canonical) {
    return std::nullopt;
  }
  return version;
}

}  // namespace

std::string entity_tag(std::int64_t version) { return '"' + std::to_string(version) + '"'; }

bool none_match_names(std::string_view if_none_match, std::string_view tag) noexcept {
  if (trimmed(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    std::string_view candidate = trimmed(next_part(if_none_match, ','));
    if (candidate.starts_with("W/")) candidate.remove_prefix(2);
    if (candidate == tag) return true;
  }
  return false;
}

IfMatch parse_if_match(std::string_view if_match) {
  if (trimmed(if_match) == "*") return {.is_any = true};
  IfMatch wanted;
  while (!if_match.empty()) {
    const auto version = version_of(trimmed(next_part(if_match, ',')));
    if (version) wanted.versions.push_back(*version);
  }
  return wanted;
}

}  // namespace vigie::http
