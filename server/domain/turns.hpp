#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <list>
#include <optional>
#include <utility>
#include <vector>

#include "server/domain/caller.hpp"

namespace vigie::domain {

/// What waits to be served, each of a caller. Callers take turns, each with its oldest value:
/// whoever was served last comes last, however many values of it wait. Not thread-safe.
template <typename Value>
class Turns {
 public:
  bool empty() const noexcept { return lines_.empty(); }
  std::size_t size() const noexcept { return size_; }

  void push(const Caller& caller, Value value) {
    line_of(caller).push_back({caller, std::move(value)});
    ++size_;
  }

  /// Takes out the first in turn whose caller `takes`; none when there is no such caller.
  template <typename Takes>
  std::optional<Value> next(const Takes& takes) {
    for (auto line = lines_.begin(); line != lines_.end(); ++line) {
      const auto place = std::find_if(line->begin(), line->end(),
                                      [&](const Entry& entry) { return takes(entry.caller); });
      if (place == line->end()) continue;
      served(place->caller);
      std::optional<Value> value = std::move(place->value);
      line->erase(place);
      --size_;
      lines_.splice(lines_.end(), lines_, line);
      if (line->empty()) lines_.erase(line);
      return value;
    }
    return std::nullopt;
  }
  std::optional<Value> next() {
    return next([](const Caller&) { return true; });
  }

  /// Takes out this value: how many of the same caller waited before it; none when it is not here.
  std::optional<std::size_t> leave(const Value& value) {
    for (auto line = lines_.begin(); line != lines_.end(); ++line) {
      const auto place = std::find_if(line->begin(), line->end(),
                                      [&](const Entry& entry) { return entry.value == value; });
      if (place == line->end()) continue;
      const auto before = static_cast<std::size_t>(std::distance(line->begin(), place));
      line->erase(place);
      --size_;
      if (line->empty()) lines_.erase(line);
      return before;
    }
    return std::nullopt;
  }

  /// One that has not waited was served.
  void served(const Caller& caller) { last_served_ = caller; }

  /// Takes out all, in no order that matters.
  std::vector<Value> take_all() {
    std::vector<Value> values;
    for (Line& line : lines_) {
      for (Entry& entry : line) values.push_back(std::move(entry.value));
    }
    lines_.clear();
    size_ = 0;
    return values;
  }

 private:
  struct Entry {
    Caller caller;
    Value value;
  };
  /// Of one caller, by any of its addresses and accounts; never empty.
  using Line = std::deque<Entry>;

  static bool is_line_of(const Line& line, const Caller& caller) {
    return std::any_of(line.begin(), line.end(),
                       [&](const Entry& entry) { return entry.caller.is_one_with(caller); });
  }

  /// A caller that comes anew is behind all others but the one that was served last: one that asks
  /// without end has its next request there already.
  Line& line_of(const Caller& caller) {
    const auto own = std::find_if(lines_.begin(), lines_.end(),
                                  [&](const Line& line) { return is_line_of(line, caller); });
    if (own != lines_.end()) return *own;
    const bool is_last_served_waiting =
        !lines_.empty() && last_served_ && is_line_of(lines_.back(), *last_served_);
    return *lines_.emplace(is_last_served_waiting ? std::prev(lines_.end()) : lines_.end());
  }

  std::list<Line> lines_;  // in the order of their turns
  std::size_t size_ = 0;
  std::optional<Caller> last_served_;
};

}  // namespace vigie::domain
