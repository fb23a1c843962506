#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/log_record.hpp"

namespace vigie::telemetry {

/// How many lines may still be called rare: so many at once, and so many a minute later on.
class RareLines {
 public:
  RareLines(double at_once, double a_minute) noexcept
      : at_once_(at_once), a_minute_(a_minute), left_(at_once) {}
  bool is_any_left(std::uint64_t now_ns) noexcept;
  void take() noexcept { left_ -= 1; }

 private:
  double at_once_;
  double a_minute_;
  double left_;
  std::uint64_t counted_ns_ = 0;
};

/// Lines that say the same: one event with one explanation, whatever numbers are in it.
struct LineKind {
  const LogEventType* type = nullptr;
  /// Of the last line: vigie.detail, else vigie.reason, else error.type.
  std::string detail;
  std::uint64_t count = 0;
  std::uint64_t first_ns = 0;
  std::uint64_t last_ns = 0;
  /// The last line: a LogRecord.
  std::vector<std::uint64_t> example;
  RareLines rare{16, 4};

  const LogRecord& record() const noexcept {
    return *reinterpret_cast<const LogRecord*>(example.data());
  }
};

/// Counts log lines by what they say, so that a burst of one does not hide the others. Bounded: the
/// kind that was not seen for longest gives way. Not thread-safe.
class LineKinds {
 public:
  static constexpr std::size_t kKindsMax = 256;
  /// A longer line has no example.
  static constexpr std::size_t kExampleBytesMax = 2048;
  /// Whether the line is one of few of its kind: it deserves to be held for long.
  bool note(const LogRecord& record);

  template <typename Visit>
  void for_each(const Visit& visit) const {
    for (const auto& [key, kind] : kinds_) visit(kind);
  }
  /// Null: none of its kind was seen, or long ago.
  const LineKind* find(const LogRecord& record) const;

  /// What `record` has in common with its kind.
  static std::string key_of(const LogRecord& record);
  /// Whether it says why: requests do not.
  static bool has_detail(const LogRecord& record) noexcept;

 private:
  void make_room();

  std::map<std::string, LineKind, std::less<>> kinds_;
  /// Of all kinds of an event: its explanations may be all different.
  std::map<const LogEventType*, RareLines> rare_of_events_;
};

}  // namespace vigie::telemetry
