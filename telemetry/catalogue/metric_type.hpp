#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace vigie::telemetry {

enum class MetricKind : std::uint8_t { kCounter, kGauge, kHistogram };

/// A label with its bound. A closed one lists its values; of an open one the first `bound` distinct
/// values are kept. Any other value becomes "other" and is counted. A view of constants.
struct Label {
  std::string_view name;
  std::size_t bound = 0;
  std::span<const std::string_view> values;

  constexpr bool is_closed() const noexcept { return !values.empty(); }
};

constexpr Label closed_label(std::string_view name, std::span<const std::string_view> values) {
  return {name, values.size(), values};
}

constexpr Label open_label(std::string_view name, std::size_t bound) { return {name, bound, {}}; }

inline constexpr std::size_t kLabelsMax = 4;
inline constexpr std::size_t kBucketsMax = 20;

/// A declared metric, under its Prometheus name. `unit` is "seconds", "bytes" or empty. A constant
/// over literals.
struct MetricType {
  std::string_view name;
  MetricKind kind;
  std::string_view unit;
  std::string_view help;
  std::array<Label, kLabelsMax> labels{};
  /// Upper bounds without +Inf; histograms only.
  std::span<const double> buckets{};

  constexpr std::size_t label_count() const noexcept {
    std::size_t count = 0;
    while (count < kLabelsMax && !labels[count].name.empty()) ++count;
    return count;
  }
};

/// Metrics that a program declares; constants, as all that the catalogue is made of.
using MetricTable = std::span<const MetricType* const>;

}  // namespace vigie::telemetry
