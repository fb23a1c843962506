#include "telemetry/recorder/trace_shelves.hpp"

#include <algorithm>
#include <utility>

namespace vigie::telemetry {
namespace {

constexpr auto kAge = static_cast<std::uint64_t>(TraceShelves::kSlowestAge.count());

bool is_faster(const std::shared_ptr<RecordedTrace>& a, const std::shared_ptr<RecordedTrace>& b) {
  return a->duration_ns() < b->duration_ns();
}

bool ended_before(const std::shared_ptr<RecordedTrace>& a,
                  const std::shared_ptr<RecordedTrace>& b) {
  return a->root().end_ns < b->root().end_ns;
}

}  // namespace

void TraceShelves::add(const Held& trace, bool is_kept) {
  if (trace->bytes() > bytes_max_) return;
  if (is_kept && !never_recent_.contains(trace->route())) add_recent(trace);
  const std::string_view name = name_of_shelf(trace->route());
  Shelf& shelf = shelf_of(name);
  add_slowest(name, shelf, trace);
  if (trace->is_error()) add_failed(shelf, trace);
  fit();
}

std::string_view TraceShelves::name_of_shelf(std::string_view route) const {
  const bool has_place = shelves_.size() < RouteThresholds::kRoutesMax || shelves_.contains(route);
  return has_place ? route : RouteThresholds::kOther;
}

TraceShelves::Shelf& TraceShelves::shelf_of(std::string_view route) {
  const auto found = shelves_.find(route);
  return found != shelves_.end() ? found->second : shelves_[std::string(route)];
}

void TraceShelves::add_recent(const Held& trace) {
  recent_.push_back(trace);
  hold(*trace, &HoldReasons::is_recent);
}

void TraceShelves::add_slowest(std::string_view name, Shelf& shelf, const Held& trace) {
  const std::uint64_t now_ns = trace->root().end_ns;
  std::erase_if(shelf.slowest, [&](const Held& old) {
    const bool is_old = now_ns > old->root().end_ns + kAge;
    if (is_old) let_go(*old, &HoldReasons::is_slowest_of_route);
    return is_old;
  });
  if (shelf.slowest.size() == kPerRoute) {
    const auto fastest = std::min_element(shelf.slowest.begin(), shelf.slowest.end(), is_faster);
    if (!is_faster(*fastest, trace)) return;
    let_go(**fastest, &HoldReasons::is_slowest_of_route);
    shelf.slowest.erase(fastest);
  }
  shelf.slowest.push_back(trace);
  hold(*trace, &HoldReasons::is_slowest_of_route);
  renew_threshold(name, shelf);
}

void TraceShelves::add_failed(Shelf& shelf, const Held& trace) {
  if (shelf.failed.size() == kPerRoute) {
    let_go(*shelf.failed.front(), &HoldReasons::is_failed_of_route);
    shelf.failed.erase(shelf.failed.begin());
  }
  shelf.failed.push_back(trace);
  hold(*trace, &HoldReasons::is_failed_of_route);
}

void TraceShelves::renew_threshold(std::string_view name, const Shelf& shelf) {
  if (shelf.slowest.size() < kPerRoute) return thresholds_.set(name, 0, 0);
  const auto fastest = std::min_element(shelf.slowest.begin(), shelf.slowest.end(), is_faster);
  const auto oldest = std::min_element(shelf.slowest.begin(), shelf.slowest.end(), ended_before);
  thresholds_.set(name, (*fastest)->duration_ns(), (*oldest)->root().end_ns + kAge);
}

void TraceShelves::hold(RecordedTrace& trace, bool HoldReasons::*reason) noexcept {
  if (!trace.why.any()) {
    bytes_ += trace.bytes();
    ++count_;
  }
  trace.why.*reason = true;
}

void TraceShelves::let_go(RecordedTrace& trace, bool HoldReasons::*reason) noexcept {
  trace.why.*reason = false;
  if (trace.why.any()) return;
  bytes_ -= trace.bytes();
  --count_;
}

void TraceShelves::fit() {
  while (bytes_ > bytes_max_) {
    if (!recent_.empty()) {
      let_go(*recent_.front(), &HoldReasons::is_recent);
      recent_.pop_front();
    } else if (!drop_oldest_shelved()) {
      return;
    }
  }
}

// Only when a few huge traces fill everything: 64 routes of 16 traces are looked through.
bool TraceShelves::drop_oldest_shelved() {
  std::vector<Held>* place = nullptr;
  for (auto& [route, shelf] : shelves_) {
    for (std::vector<Held>* list : {&shelf.slowest, &shelf.failed}) {
      std::sort(list->begin(), list->end(), ended_before);
      const bool is_older =
          !list->empty() && (place == nullptr || ended_before(list->front(), place->front()));
      if (is_older) place = list;
    }
  }
  if (place == nullptr) return false;
  const Held oldest = place->front();
  const std::string name(name_of_shelf(oldest->route()));
  Shelf& shelf = shelf_of(name);
  const bool is_slowest = place == &shelf.slowest;
  let_go(*oldest,
         is_slowest ? &HoldReasons::is_slowest_of_route : &HoldReasons::is_failed_of_route);
  place->erase(place->begin());
  if (is_slowest) renew_threshold(name, shelf);
  return true;
}

void TraceShelves::for_each(const Visit& visit) const {
  for (const Held& trace : recent_) visit(trace);
  for (const auto& [route, shelf] : shelves_) {
    for (const Held& trace : shelf.slowest) {
      if (!trace->why.is_recent) visit(trace);
    }
    for (const Held& trace : shelf.failed) {
      if (!trace->why.is_recent && !trace->why.is_slowest_of_route) visit(trace);
    }
  }
}

}  // namespace vigie::telemetry
