#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/request_metrics.hpp"

namespace vigie::http::console {

/// What was asked of one route in a while. It views literals of the route table.
struct RouteTraffic {
  std::string_view method;
  std::string_view route;
  double requests_per_s = 0;
  double refused_per_s = 0;  // 4xx
  double failed_per_s = 0;   // 5xx
  /// Of what was answered, failures too; nothing: nothing was.
  std::optional<double> p99_s;
};

/// The rates of the last minutes, of one process and from its own memory: the counts of requests,
/// looked at now and then. Bounded by the number of routes. Used on one thread.
class TrafficHistory {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kStep{15};
  static constexpr std::chrono::minutes kLength{15};
  /// What rates are taken over, or less when the process is younger.
  static constexpr std::chrono::minutes kWindow{5};

  /// `sources` outlive it.
  explicit TrafficHistory(std::vector<const RequestMetrics*> sources, Time now);

  /// Keeps how much there is by now: to be called every kStep.
  void look(Time now);

  struct Point {
    double seconds_ago = 0;
    double requests_per_s = 0;
    double failed_per_s = 0;
  };
  /// The oldest first, one for each step.
  std::vector<Point> points(Time now) const;

  /// Over the last kWindow, the busiest first; only routes that were asked for anything.
  std::vector<RouteTraffic> routes(Time now) const;
  /// All routes as one.
  RouteTraffic total(Time now) const;
  /// How long the window is by now.
  std::chrono::seconds window(Time now) const;

 private:
  struct Counts {
    std::uint64_t all = 0;
    std::uint64_t refused = 0;
    std::uint64_t failed = 0;
    std::vector<std::uint64_t> buckets;
    std::span<const double> bounds;  // of the catalogue: constants

    void add(const Counts& other);
    Counts since(const Counts& earlier) const;
  };
  /// By method and pattern.
  using Key = std::pair<std::string_view, std::string_view>;
  struct Look {
    Time at;
    std::map<Key, Counts> counts;
  };

  Look look_now(Time now) const;
  const Look& begin_of_window(Time now) const;
  static Counts sum(const Look& look);
  static RouteTraffic traffic(const Key& key, const Counts& counts, double seconds);

  std::vector<const RequestMetrics*> sources_;
  std::deque<Look> looks_;
};

}  // namespace vigie::http::console
