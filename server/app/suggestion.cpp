#include "server/app/suggestion.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace vigie::app {
namespace {

constexpr std::size_t kDistanceMax = 2;

/// Damerau and Levenshtein's distance, neighbours swapped being one: rows of the table are made one
/// from the two before it.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last;
  std::vector<std::size_t> last(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, changed});
      const bool is_swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (is_swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::move(last);
    last = std::move(row);
  }
  return last.back();
}

}  // namespace

std::string_view nearest(std::string_view given, const std::vector<std::string_view>& known) {
  std::string_view best;
  std::size_t least = kDistanceMax + 1;
  for (const std::string_view name : known) {
    const std::size_t apart = distance(given, name);
    if (apart < least && apart * 2 < name.size()) {
      least = apart;
      best = name;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view given, const std::vector<std::string_view>& known) {
  const std::string_view name = nearest(given, known);
  return name.empty() ? "" : "; did you mean " + std::string(name) + "?";
}

}  // namespace vigie::app
