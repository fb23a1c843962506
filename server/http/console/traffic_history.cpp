#include "server/http/console/traffic_history.hpp"

#include <algorithm>

namespace vigie::http::console {
namespace {

double seconds_between(TrafficHistory::Time from, TrafficHistory::Time to) {
  return std::max(std::chrono::duration<double>(to - from).count(), 1e-3);
}

/// As histogram_quantile of Prometheus: evenly spread within a bucket, and no more than the highest
/// bound.
std::optional<double> quantile(double share, const std::vector<std::uint64_t>& buckets,
                               std::span<const double> bounds) {
  std::uint64_t all = 0;
  for (const std::uint64_t count : buckets) all += count;
  if (all == 0 || bounds.empty()) return std::nullopt;
  const double rank = share * static_cast<double>(all);
  double below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    const auto here = static_cast<double>(buckets[i]);
    if (below + here >= rank && here > 0) {
      const double lower = i == 0 ? 0 : bounds[i - 1];
      return lower + (bounds[i] - lower) * (rank - below) / here;
    }
    below += here;
  }
  return bounds.back();
}

}  // namespace

void TrafficHistory::Counts::add(const Counts& other) {
  all += other.all;
  refused += other.refused;
  failed += other.failed;
  if (buckets.size() < other.buckets.size()) buckets.resize(other.buckets.size());
  for (std::size_t i = 0; i < other.buckets.size(); ++i) buckets[i] += other.buckets[i];
  bounds = other.bounds.empty() ? bounds : other.bounds;
}

TrafficHistory::Counts TrafficHistory::Counts::since(const Counts& earlier) const {
  Counts change = *this;
  change.all -= earlier.all;
  change.refused -= earlier.refused;
  change.failed -= earlier.failed;
  for (std::size_t i = 0; i < earlier.buckets.size(); ++i) change.buckets[i] -= earlier.buckets[i];
  return change;
}

TrafficHistory::TrafficHistory(std::vector<const RequestMetrics*> sources, Time now)
    : sources_(std::move(sources)) {
  looks_.push_back(look_now(now));
}

TrafficHistory::Look TrafficHistory::look_now(Time now) const {
  Look look{.at = now, .counts = {}};
  for (const RequestMetrics* source : sources_) {
    source->for_each([&look](const Route& route, Method method, int status,
                             const telemetry::Histogram& histogram) {
      Counts counts{.buckets = histogram.counts(), .bounds = histogram.bounds()};
      for (const std::uint64_t count : counts.buckets) counts.all += count;
      if (counts.all == 0) return;
      if (status >= 500) counts.failed = counts.all;
      if (status >= 400 && status < 500) counts.refused = counts.all;
      look.counts[{name_of(method), route.pattern}].add(counts);
    });
  }
  return look;
}

void TrafficHistory::look(Time now) {
  looks_.push_back(look_now(now));
  while (looks_.size() > 1 && now - looks_.front().at > kLength + kStep) looks_.pop_front();
}

/// The last one that is as old as the window; a young process has none, so its first.
const TrafficHistory::Look& TrafficHistory::begin_of_window(Time now) const {
  const Look* found = &looks_.front();
  for (const Look& look : looks_) {
    if (now - look.at >= kWindow) found = &look;
  }
  return *found;
}

std::chrono::seconds TrafficHistory::window(Time now) const {
  return std::chrono::duration_cast<std::chrono::seconds>(now - begin_of_window(now).at);
}

TrafficHistory::Counts TrafficHistory::sum(const Look& look) {
  Counts all;
  for (const auto& [key, counts] : look.counts) all.add(counts);
  return all;
}

RouteTraffic TrafficHistory::traffic(const Key& key, const Counts& counts, double seconds) {
  return {.method = key.first,
          .route = key.second,
          .requests_per_s = static_cast<double>(counts.all) / seconds,
          .refused_per_s = static_cast<double>(counts.refused) / seconds,
          .failed_per_s = static_cast<double>(counts.failed) / seconds,
          .p99_s = quantile(0.99, counts.buckets, counts.bounds)};
}

std::vector<TrafficHistory::Point> TrafficHistory::points(Time now) const {
  std::vector<Point> points;
  for (std::size_t i = 1; i < looks_.size(); ++i) {
    const Counts change = sum(looks_[i]).since(sum(looks_[i - 1]));
    const double seconds = seconds_between(looks_[i - 1].at, looks_[i].at);
    points.push_back({.seconds_ago = std::chrono::duration<double>(now - looks_[i].at).count(),
                      .requests_per_s = static_cast<double>(change.all) / seconds,
                      .failed_per_s = static_cast<double>(change.failed) / seconds});
  }
  return points;
}

std::vector<RouteTraffic> TrafficHistory::routes(Time now) const {
  const Look& begin = begin_of_window(now);
  const Look end = look_now(now);
  const double seconds = seconds_between(begin.at, now);
  std::vector<RouteTraffic> found;
  for (const auto& [key, counts] : end.counts) {
    const auto earlier = begin.counts.find(key);
    const Counts change = earlier == begin.counts.end() ? counts : counts.since(earlier->second);
    if (change.all > 0) found.push_back(traffic(key, change, seconds));
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.requests_per_s > b.requests_per_s;
  });
  return found;
}

RouteTraffic TrafficHistory::total(Time now) const {
  const Look& begin = begin_of_window(now);
  return traffic({}, sum(look_now(now)).since(sum(begin)), seconds_between(begin.at, now));
}

}  // namespace vigie::http::console
