#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vigie::domain {

/// The time zone names that events may use. Filled once at start-up by the application, which reads
/// them where the machine keeps them; afterwards const and thread-safe.
class TimeZoneSet {
 public:
  explicit TimeZoneSet(std::vector<std::string> names);
  /// Zones and links of `text`, the content of tzdata.zi (zic(8), compact source form).
  static TimeZoneSet from_tzdata(std::string_view text);

  bool contains(std::string_view name) const noexcept;
  std::size_t size() const noexcept { return names_.size(); }

 private:
  std::vector<std::string> names_;  // sorted
};

}  // namespace vigie::domain
