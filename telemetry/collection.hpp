#pragma once

#include <prometheus/metric_family.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/instrument.hpp"

namespace vigie::telemetry {

/// One scrape: families by name, their series by labels.
struct Collection {
  std::vector<prometheus::MetricFamily> families;
  /// By name of the family; those without a unit are empty. Literals of the catalogue.
  std::map<std::string_view, std::string_view> units;
  /// By bucket, under `series_key` of its series. Only series that have one.
  std::map<std::string, std::vector<std::optional<Exemplar>>, std::less<>> exemplars;
};

/// Identifies a series among all.
std::string series_key(std::string_view metric_name,
                       const std::vector<prometheus::ClientMetric::Label>& labels);

}  // namespace vigie::telemetry
