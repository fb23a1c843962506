#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/recorder/recorded_trace.hpp"
#include "telemetry/recorder/route_thresholds.hpp"

namespace vigie::telemetry {

/// The traces that the recorder holds: the last ones that were kept, and of each route the slowest
/// and the last ones that failed. Over the limit of bytes the oldest of the former go first. Not
/// thread-safe.
class TraceShelves {
 public:
  static constexpr std::size_t kPerRoute = 8;
  /// Later the slowest ones of a route give way to any: an incident wants those of today.
  static constexpr std::chrono::nanoseconds kSlowestAge = std::chrono::minutes(15);

  /// The thresholds outlive the shelves, which alone set them.
  TraceShelves(std::size_t bytes_max, RouteThresholds& thresholds)
      : bytes_max_(bytes_max), thresholds_(thresholds) {}
  TraceShelves(const TraceShelves&) = delete;
  TraceShelves& operator=(const TraceShelves&) = delete;

  /// Traces of that route are not held for being recent: those of probes and scrapes come all the
  /// time, and nobody looks for them. `route` outlives the shelves.
  void leave_out_of_recent(std::string_view route) { never_recent_.insert(route); }

  /// Holds the trace as long as there is a reason to.
  void add(const std::shared_ptr<RecordedTrace>& trace, bool is_kept);

  using Visit = std::function<void(const std::shared_ptr<RecordedTrace>&)>;
  /// Each trace once, in no order.
  void for_each(const Visit& visit) const;

  std::size_t bytes() const noexcept { return bytes_; }
  std::size_t count() const noexcept { return count_; }

 private:
  using Held = std::shared_ptr<RecordedTrace>;

  struct Shelf {
    std::vector<Held> slowest;
    std::vector<Held> failed;
  };

  Shelf& shelf_of(std::string_view route);
  std::string_view name_of_shelf(std::string_view route) const;
  void add_recent(const Held& trace);
  void add_slowest(std::string_view name, Shelf& shelf, const Held& trace);
  void add_failed(Shelf& shelf, const Held& trace);
  void renew_threshold(std::string_view name, const Shelf& shelf);
  void hold(RecordedTrace& trace, bool HoldReasons::*reason) noexcept;
  void let_go(RecordedTrace& trace, bool HoldReasons::*reason) noexcept;
  void fit();
  bool drop_oldest_shelved();

  std::size_t bytes_max_;
  RouteThresholds& thresholds_;
  std::set<std::string_view> never_recent_;  // literals of the route table
  std::deque<Held> recent_;
  std::map<std::string, Shelf, std::less<>> shelves_;
  std::size_t bytes_ = 0;
  std::size_t count_ = 0;
};

}  // namespace vigie::telemetry
