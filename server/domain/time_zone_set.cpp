#include "server/domain/time_zone_set.hpp"

#include <algorithm>
#include <utility>

namespace vigie::domain {
namespace {

/// Cuts the first field (ended by spaces or the end) off `line`.
std::string_view take_field(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t\r"), line.size());
  line.remove_prefix(begin);
  const std::string_view field = line.substr(0, line.find_first_of(" \t\r"));
  line.remove_prefix(field.size());
  return field;
}

/// The name that the line defines: "Z name …" is a zone, "L target name" a link.
std::string_view name_defined_by(std::string_view line) {
  const std::string_view kind = take_field(line);
  if (kind != "Z" && kind != "L") return {};
  const std::string_view first = take_field(line);
  return kind == "Z" ? first : take_field(line);
}

}  // namespace

TimeZoneSet::TimeZoneSet(std::vector<std::string> names) : names_(std::move(names)) {
  std::sort(names_.begin(), names_.end());
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

TimeZoneSet TimeZoneSet::from_tzdata(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view name = name_defined_by(text.substr(0, end));
    if (!name.empty()) names.emplace_back(name);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return TimeZoneSet{std::move(names)};
}

bool TimeZoneSet::contains(std::string_view name) const noexcept {
  const auto at = std::lower_bound(names_.begin(), names_.end(), name);
  return at != names_.end() && *at == name;
}

}  // namespace vigie::domain
